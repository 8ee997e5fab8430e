"""What the buttons of the queue bring along."""

from hypothesis import given
from hypothesis import strategies as st

from spaces.forms import MoveForm, QuestionForm


@given(st.text())
def test_any_text_is_a_question_of_one_line_or_refused(text):
    form = QuestionForm({"question": text})

    if form.is_valid():
        question = form.cleaned_data["question"]
        assert len(question) <= 140
        assert question == " ".join(question.split())
    else:
        assert len(text) > 140 or "\0" in text


@given(st.text() | st.integers().map(str))
def test_any_text_is_a_place_in_the_line_or_refused(text):
    form = MoveForm({"to": text})

    assert not form.is_valid() or 1 <= form.cleaned_data["to"] < 2**31
