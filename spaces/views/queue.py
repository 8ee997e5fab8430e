"""Buttons of the speaking queue: ask and take back, the answers, the order; a speaker's turn."""

from .. import actions
from ..forms import MoveForm, QuestionForm
from .verbs import done_in_list, participant_verb, request_verb, verb

ask = verb(actions.ask_to_speak, QuestionForm)

request_accept = request_verb(actions.accept_request, answer=done_in_list)
request_decline = request_verb(actions.decline_request, answer=done_in_list)
request_withdraw = request_verb(actions.withdraw_request)
request_question = request_verb(actions.change_question, QuestionForm)
request_move = request_verb(actions.move_request, MoveForm)

participant_give_turn = participant_verb(actions.give_turn)
