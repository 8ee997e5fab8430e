"""What a handle may be, and whose it is."""

import re
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import URLPattern, reverse
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

import config.urls
from accounts import handles
from accounts.models import FormerHandle
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def leave(user, handle, *, ago=timedelta(0)):
    """They had it until then."""
    row = FormerHandle.objects.create(user=user, handle=handle)
    FormerHandle.objects.filter(pk=row.pk).update(changed_at=timezone.now() - ago)


def refusal(handle, user=None):
    with pytest.raises(ValidationError) as refused:
        handles.check(handle, user=user)
    return refused.value.code


@pytest.mark.parametrize("handle", ["abc", "A" * 30, "_nora_", "2024", "Nora_B"])
def test_free_handle_may_be_taken(handle):
    handles.check(handle)


@pytest.mark.parametrize(
    "handle", ["", "ab", "a" * 31, "no ra", "nora\n", "nöra", "ＮＯＲＡ", "no.ra"]
)
def test_misshapen_handle_is_refused(handle):
    assert refusal(handle) in {"min_length", "max_length", "invalid"}


@pytest.mark.parametrize("handle", ["admin", "Admin", "SUPPORT", "everyone", "null", "www"])
def test_handle_that_sounds_official_is_refused(handle):
    assert refusal(handle) == "handle_reserved"


def first_segments(patterns):
    for pattern in patterns:
        first = str(pattern.pattern).lstrip("^").split("/")[0]
        if first or isinstance(pattern, URLPattern):
            yield first
        else:
            yield from first_segments(pattern.url_patterns)


def test_first_word_of_every_address_of_ours_is_reserved():
    words = {word for word in first_segments(config.urls.urlpatterns) if word.isidentifier()}

    assert {"account", "admin", "spaces", "topics"} <= words
    assert words - handles.RESERVED == set()


def test_every_reserved_word_could_be_a_handle_otherwise():
    """One that could not is a slip of the pen, and reserves nothing."""
    assert {word for word in handles.RESERVED if not word.replace("_", "a").isalnum()} == set()
    assert {word for word in handles.RESERVED if word != word.lower()} == set()


@pytest.mark.parametrize("handle", ["nora", "NORA"])
def test_handle_of_somebody_is_refused_in_any_case(handle, nora):
    assert refusal(handle) == "handle_taken"


def test_person_may_change_the_case_of_their_own(nora):
    handles.check("NORA", user=nora)


def test_who_has_a_reserved_handle_keeps_it():
    """The first admin is often called that."""
    handles.check("Admin", user=make_user("admin"))


@pytest.mark.parametrize("handle", ["old_nora", "OLD_NORA"])
def test_handle_given_up_lately_is_kept_from_others(nora, otto, handle):
    leave(nora, "old_nora", ago=timedelta(days=29))

    assert refusal(handle) == "handle_left"
    assert refusal(handle, user=otto) == "handle_left"


def test_person_may_go_back_to_a_handle_of_theirs(nora):
    leave(nora, "old_nora")

    handles.check("old_nora", user=nora)


def test_handle_given_up_long_ago_is_free(nora):
    leave(nora, "old_nora", ago=timedelta(days=31))

    handles.check("old_nora")


@hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(handle=st.text(max_size=40))
def test_nothing_else_than_a_handle_is_ever_taken(db, handle):
    try:
        handles.check(handle)
    except ValidationError:
        return
    assert re.fullmatch(r"[A-Za-z0-9_]{3,30}", handle)


def test_sign_up_asks_the_same_rules(client, nora):
    leave(nora, "old_nora")
    form = {"username": "old_nora", "email": "a@example.org", "agreement": "on"}

    response = client.post(reverse("account_signup"), form)

    assert "30 days" in response.context["form"].errors["username"][0]
