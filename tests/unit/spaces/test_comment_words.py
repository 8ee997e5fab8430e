"""What a host's filter holds back, and what becomes of what people type."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.words import fold, holds
from spaces.forms import CommentForm, CommentRangeForm
from spaces.models import COMMENT_LENGTH


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("No SPAM here", ["spam"]),
        ("(spam)", ["spam"]),
        ("spám", ["spam"]),
        ("ＳＰＡＭ", ["spam"]),
        ("sp\u200bam", ["spam"]),
        ("_spam_", ["spam"]),
        ("Buy \u00a0 now!", ["buy now"]),
        ("I love c++", ["c++"]),
        ("so good😀", ["😀"]),
        ("STRASSE", [fold("Straße")]),
        ("あなたはばかだ", ["ばか"]),
        ("ほんとにバカー", ["バカ"]),
        ("你是傻瓜吗", ["傻瓜"]),
        ("ไอ้โง่เอ๊ย", ["โง่"]),
        ("ເຈົ້າໂງ່ຫຼາຍ", ["ໂງ່"]),
        ("អ្នកល្ងង់ណាស់", ["ល្ងង់"]),
        ("သူကရူးတယ်", ["ရူး"]),
        ("これはspamです", ["spam"]),
        ("这是t恤衫", ["t恤"]),
    ],
)
def test_filter_holds_whole_words_and_phrases(text, words):
    assert holds(text, words)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("spamalot", ["spam"]),
        ("antispam", ["spam"]),
        ("spam2", ["spam"]),
        ("buy it now", ["buy now"]),
        ("a class of c", ["c++"]),
        ("你的spamalot", ["spam"]),
        ("polot恤衫", ["t恤"]),
        ("はかまいり", ["ばか"]),
        ("กุ้ง", ["กู"]),
        ("한국어", ["한국"]),
        ("anything", []),
        ("anything", [""]),
        ("", ["spam"]),
    ],
)
def test_filter_lets_the_rest_pass(text, words):
    assert not holds(text, words)


words = st.text(min_size=1, max_size=20).map(fold).filter(bool)
anything = st.text(max_size=300)


@given(anything, st.lists(words, max_size=5))
def test_filter_never_fails(text, listed):
    assert holds(text, listed) in {True, False}


@given(words, st.lists(st.sampled_from("., !?-"), max_size=3).map("".join))
def test_filter_holds_the_word_itself_however_it_is_written(word, sign):
    for written in (word, word.upper(), unicodedata.normalize("NFD", word)):
        if fold(written) == word:
            assert holds(f"{sign} {written} {sign}", [word])


@given(st.from_regex(r"[a-z]{2,10}", fullmatch=True), st.from_regex(r"[a-z0-9]", fullmatch=True))
def test_filter_holds_no_part_of_another_word(word, letter):
    assert not holds(f"{word}{letter}", [word])
    assert not holds(f"{letter}{word}", [word])


@given(st.text(st.characters(), max_size=COMMENT_LENGTH + 20))
def test_comment_is_one_line_that_fits_or_is_refused(text):
    form = CommentForm({"body": text})

    if form.is_valid():
        body = form.cleaned_data["body"]
        assert 1 <= len(body) <= COMMENT_LENGTH
        assert body == " ".join(body.split())
        assert "\0" not in body


@given(
    st.dictionaries(
        st.sampled_from(["since", "before"]), st.text(max_size=20) | st.integers().map(str)
    )
)
def test_question_for_comments_is_one_number_or_refused(asked):
    form = CommentRangeForm(asked)

    if form.is_valid():
        numbers = [number for number in form.cleaned_data.values() if number is not None]
        assert len(numbers) == 1
        assert 0 <= numbers[0] <= 2**53
