"""Buttons of the stage: the way to it, microphones, what the crew does with people."""

from .. import actions
from .verbs import participant_verb, verb

step_up = verb(actions.step_up)
step_down = verb(actions.step_down)
microphone_open = verb(actions.open_microphone)
microphone_mute = verb(actions.mute_microphone)
mute_all = verb(actions.mute_all)
hand_raise = verb(actions.raise_hand)
hand_lower = verb(actions.lower_hand)

participant_invite = participant_verb(actions.invite_to_stage)
participant_mute = participant_verb(actions.mute_participant)
participant_allow = participant_verb(actions.allow_microphone)
participant_move_down = participant_verb(actions.move_to_audience)
participant_lower_hand = participant_verb(actions.lower_hand)
