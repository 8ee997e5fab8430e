"""What a person's picture and address are made of."""

import uuid

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("Hana Lindqvist", "HL"),
        ("Sami", "S"),
        ("ana maria de souza", "AS"),
        ("", "O"),
        ("  ", "O"),
    ],
)
def test_initials_are_of_the_first_and_last_word(name, initials):
    assert User(handle="otto", name=name).initials == initials


@given(name=st.text(max_size=50))
def test_any_name_can_be_shown(name):
    person = User(handle="otto", name=name)

    assert person.display_name.strip()
    assert person.initials


def test_hue_stays_for_the_life_of_the_account():
    public_id = uuid.uuid4()

    hues = {User(public_id=public_id, handle=handle).hue for handle in ("sami", "renamed")}

    assert len(hues) == 1
    assert hues < set(range(8))


@pytest.mark.parametrize("handle", ["abc", "A_1", "x" * 30])
def test_good_handle_passes(handle):
    User(handle=handle, password="!").clean_fields()


@pytest.mark.parametrize("handle", ["", "ab", "x" * 31, "a b", "nöra", "abc\n", "a/b"])
def test_bad_handle_is_refused(handle):
    with pytest.raises(ValidationError):
        User(handle=handle, password="!").clean_fields()
