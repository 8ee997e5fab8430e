"""What search compares: terms, their trigrams, and which words come close."""

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from config.terms import Query, close_spellings, terms, trigrams

LETTERS = "abcdefghijklmnopqrstuvwxyz"
words = st.text(LETTERS, min_size=6, max_size=30)


def comes_close(typed, stored):
    return any(set(spelling) <= set(trigrams([stored])) for spelling in close_spellings(typed))


def begins(typed, stored):
    return set(Query.read(typed).spelt) <= set(trigrams(terms(stored)))


# --- Terms ---


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Who stays, when the ferries stop?", ["who", "stays", "when", "the", "ferries", "stop"]),
        ("Müller & Söhne", ["muller", "sohne"]),
        ("hana_ito", ["hana", "ito"]),
        ("A a A", ["a"]),
        ("今夜の東京", ["今", "夜", "の", "東", "京"]),
        ("مرحبا بالعالم", ["مرحبا", "بالعالم"]),
        ("これはjazzです", ["こ", "れ", "は", "jazz", "で", "す"]),
        ("?! … 😀", []),
    ],
)
def test_text_is_taken_apart_into_what_can_be_found(text, expected):
    assert terms(text) == expected


@given(st.text())
def test_no_term_holds_what_a_tsquery_would_read(text):
    assert not re.search(r"[\s'\\\\&|!:*()<>]", "".join(terms(text)))


@given(st.text())
def test_any_text_is_a_query_or_none(text):
    query = Query.read(text)

    if query.terms:
        assert query.spelt
        assert query.is_close()


# --- As it is spelt ---


@given(words, st.integers(1, 30))
def test_beginning_of_a_word_is_found_in_it(word, size):
    assert begins(word[:size], word)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("muller", "Otto Müller"),
        ("MÜLLER", "otto muller"),
        ("strasse", "Straße"),
        ("müll ott", "Otto Müller"),
        ("東京", "今夜の東京"),
        ("Ötzi", "otzi"),
        ("عرب", "اللغة عربية"),
    ],
)
def test_case_accents_and_order_make_no_difference(typed, stored):
    assert begins(typed, stored)


@pytest.mark.parametrize(("typed", "stored"), [("ana", "Hana"), ("okonkow", "Okonkwo")])
def test_middle_of_a_word_and_a_slip_are_not_as_it_is_spelt(typed, stored):
    assert not begins(typed, stored)


# --- Close to it ---


@given(words, st.data())
def test_word_with_two_letters_swapped_comes_close(word, data):
    place = data.draw(st.integers(0, len(word) - 2))
    typed = word[:place] + word[place + 1] + word[place] + word[place + 2 :]

    assert comes_close(typed, word)


@given(words, st.data())
def test_word_with_a_wrong_missing_or_needless_letter_comes_close(word, data):
    place = data.draw(st.integers(0, len(word) - 1))
    letter = data.draw(st.sampled_from([*LETTERS, ""]))
    rest = data.draw(st.sampled_from([word[place:], word[place + 1 :]]))
    typed = word[:place] + letter + rest
    assume(len(typed) >= 6)

    assert comes_close(typed, word)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("okonkow", "okonkwo"),
        ("smai", "sami"),
        ("hnaa", "hana"),
        ("lenna", "lena"),
        ("joa", "jao"),
        ("lihgtship", "lightship"),
    ],
)
def test_short_words_and_known_slips_come_close(typed, stored):
    assert comes_close(typed, stored)


@pytest.mark.parametrize(
    ("typed", "stored"), [("okonkow", "kowalski"), ("sami", "otto"), ("harbour", "labour")]
)
def test_another_word_does_not(typed, stored):
    assert not comes_close(typed, stored)


# --- Handles ---


def test_leading_at_asks_for_a_handle():
    query = Query.read("@Hana_Ito and more")

    assert (query.is_handle, query.terms) == (True, ("@hana_ito",))
    assert set(query.spelt) <= set(trigrams(["@hana_ito_2"]))
    assert not set(query.spelt) <= set(trigrams(terms("Hana Ito")))


@pytest.mark.parametrize(
    ("text", "expected"), [("@", ()), ("@-", ()), ("@ hana", ("hana",)), ("@Ü", ("@u",))]
)
def test_at_alone_is_no_handle(text, expected):
    assert Query.read(text).terms == expected


@pytest.mark.parametrize(
    ("text", "handle"), [("Hana", "hana"), ("@Hana", "hana"), ("Ha na", ""), ("Háñà", "hana")]
)
def test_what_a_handle_would_begin_with(text, handle):
    assert Query.read(text).as_handle == handle
