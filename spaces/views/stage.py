"""Buttons of the stage: the way to it, microphones, what the crew does with people."""

from .. import actions
from .verbs import participant_verb, request_verb, verb

ask = verb(actions.ask_to_speak)
step_up = verb(actions.step_up)
step_down = verb(actions.step_down)
microphone_open = verb(actions.open_microphone)
microphone_mute = verb(actions.mute_microphone)

request_accept = request_verb(actions.accept_request)
request_decline = request_verb(actions.decline_request)
request_withdraw = request_verb(actions.withdraw_request)

participant_invite = participant_verb(actions.invite_to_stage)
participant_mute = participant_verb(actions.mute_participant)
participant_allow = participant_verb(actions.allow_microphone)
participant_move_down = participant_verb(actions.move_to_audience)
