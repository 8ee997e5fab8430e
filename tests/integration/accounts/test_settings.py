"""Settings: saved by one button, shown at once, and what was typed is kept."""

import pytest
from django.urls import reverse

from accounts import actions
from accounts.forms import ReadingForm, time_zones
from accounts.models import User
from tests.factories import make_user

pytestmark = pytest.mark.django_db

PROFILE = reverse("accounts:settings-profile")
READING = reverse("accounts:settings-reading")
PEOPLE = reverse("accounts:settings-people")
FORM = {"name": "Sami Okonkwo", "bio": "Counts ferries.", "handle": "sami"}


@pytest.fixture
def sami_client(client, sami):
    client.force_login(sami)
    return client


@pytest.mark.parametrize(
    "name",
    [
        *("settings-profile", "settings-picture", "settings-reading", "settings-people"),
        "settings-notifications",
    ],
)
def test_settings_take_an_account(client, name):
    url = reverse(f"accounts:{name}")

    assert client.get(url).url.startswith(reverse("account_login"))


@pytest.mark.parametrize(
    "name",
    [
        *("settings-profile", "settings-picture", "settings-reading", "settings-people"),
        "settings-notifications",
    ],
)
def test_each_page_is_marked_in_the_ways_between_them(sami_client, name):
    content = sami_client.get(reverse(f"accounts:{name}")).content.decode()

    assert content.count('aria-current="page"') == 1


# --- Profile ---


def test_profile_is_saved(sami_client, sami):
    response = sami_client.post(PROFILE, FORM | {"handle": "Sami_O"}, follow=True)

    sami.refresh_from_db()
    assert (sami.name, sami.bio, sami.handle) == ("Sami Okonkwo", "Counts ferries.", "Sami_O")
    assert "Saved." in response.content.decode()


def test_refused_handle_saves_nothing_and_keeps_what_was_typed(sami_client, sami, lena):
    response = sami_client.post(PROFILE, FORM | {"handle": "Lena"})

    content = response.content.decode()
    assert response.status_code == 409
    assert "Somebody already has this handle." in content
    assert 'value="Sami Okonkwo"' in content
    assert 'value="Lena"' in content
    sami.refresh_from_db()
    assert (sami.name, sami.handle) == ("Sami", "sami")


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "x" * 51, "at most 50 characters"),
        ("name", "\u200b\u202e", "Nothing of this name can be seen."),
        ("bio", "x" * 281, "at most 280 characters"),
        ("bio", "\x00", "Null characters"),
        ("handle", "", "This field is required."),
        ("handle", "\x00sami", "Null characters"),
        ("handle", "sam i", "letters, digits and underscores"),
    ],
)
def test_wrong_value_is_named_at_its_field(sami_client, sami, field, value, sentence):
    response = sami_client.post(PROFILE, FORM | {field: value})

    assert sentence in response.content.decode()
    assert User.objects.get(pk=sami.pk).name == "Sami"


def test_empty_name_and_bio_are_fine(sami_client, sami):
    sami_client.post(PROFILE, FORM | {"name": " ", "bio": ""})

    sami.refresh_from_db()
    assert (sami.name, sami.bio) == ("", "")


def test_name_is_folded_into_one_line(sami_client, sami):
    sami_client.post(PROFILE, FORM | {"name": " Sami \t Okonkwo "})

    sami.refresh_from_db()
    assert sami.name == "Sami Okonkwo"


def test_end_of_a_line_counts_once(sami_client, sami):
    sami_client.post(PROFILE, FORM | {"bio": "x\r\n" * 139 + "xx"})

    sami.refresh_from_db()
    assert len(sami.bio) == 280


def test_saving_keeps_who_followed_meanwhile(sami, lena):
    read_before = User.objects.get(pk=sami.pk)
    actions.follow(actor=lena, person=sami)

    actions.edit_profile(actor=read_before, name="S", bio="", handle="sami")

    sami.refresh_from_db()
    assert sami.follower_count == 1


# --- Language, time zone, theme, push to talk ---

CHOICES = {"language": "de", "time_zone": "Europe/Berlin", "theme": "dark", "push_to_talk": "on"}


def test_reading_is_saved(sami_client, sami):
    sami_client.post(READING, CHOICES)

    sami.refresh_from_db()
    assert (sami.language, sami.time_zone, sami.theme) == ("de", "Europe/Berlin", "dark")
    assert sami.push_to_talk


def test_page_that_answers_is_in_the_new_language_and_theme(sami_client):
    content = sami_client.post(READING, CHOICES | {"language": "ar"}, follow=True).content.decode()

    assert '<html lang="ar" dir="rtl" data-theme="dark"' in content


def test_language_stays_when_signed_out(sami_client, settings):
    response = sami_client.post(READING, CHOICES)

    assert response.cookies[settings.LANGUAGE_COOKIE_NAME].value == "de"


def test_language_of_the_browser_comes_back(sami_client, settings):
    sami_client.post(READING, CHOICES)

    response = sami_client.post(
        READING, {"language": ""}, follow=True, headers={"Accept-Language": "ar"}
    )

    assert '<html lang="ar"' in response.content.decode()
    assert settings.LANGUAGE_COOKIE_NAME not in {
        name for name, cookie in sami_client.cookies.items() if cookie.value
    }


def test_empty_form_means_as_the_browser_says(sami_client, sami):
    sami_client.post(READING, CHOICES)

    sami_client.post(READING, {})

    sami.refresh_from_db()
    assert (sami.language, sami.time_zone, sami.theme, sami.push_to_talk) == ("", "", "", False)


@pytest.mark.parametrize(
    ("field", "value"),
    [("language", "xx"), ("theme", "pink"), ("time_zone", "Mars/Olympus"), ("time_zone", "\x00")],
)
def test_unknown_choice_is_refused_and_the_rest_kept(sami_client, sami, field, value):
    content = sami_client.post(READING, CHOICES | {field: value}).content.decode()

    assert 'class="wrong"' in content
    assert User.objects.get(pk=sami.pk).theme == ""
    assert "checked" in content


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        ("berlin", "Europe/Berlin"),
        ("New York", "America/New_York"),
        ("utc", "UTC"),
        (" ", ""),
    ],
)
def test_time_zone_is_found_by_name_or_city(typed, name):
    form = ReadingForm({"time_zone": typed})

    assert form.is_valid()
    assert form.cleaned_data["time_zone"] == name


def test_time_zones_on_offer_are_places():
    assert {"Europe/Berlin", "Asia/Tokyo", "America/Argentina/Buenos_Aires"} <= set(time_zones())
    assert not {"Etc/GMT+5", "EST5EDT", "GB"} & set(time_zones())


# --- Blocked and muted ---


def test_both_lists_name_people_and_the_way_back(sami_client, sami, lena, otto):
    actions.block(actor=sami, person=lena)
    actions.mute(actor=sami, person=otto)

    content = sami_client.get(PEOPLE).content.decode()

    assert reverse("accounts:unblock", args=["lena"]) in content
    assert reverse("accounts:unmute", args=["otto"]) in content


def test_empty_lists_say_so(sami_client):
    content = sami_client.get(PEOPLE).content.decode()

    assert "You have blocked nobody." in content
    assert "You have muted nobody." in content


def test_lists_are_of_the_reader_alone(sami_client, sami, lena, otto):
    actions.block(actor=lena, person=otto)
    actions.mute(actor=lena, person=otto)

    assert "/@otto" not in sami_client.get(PEOPLE).content.decode()


@pytest.mark.parametrize("size", [1, 30])
def test_lists_take_the_same_queries_for_any_length(
    sami_client, sami, size, django_assert_num_queries
):
    for _ in range(size):
        actions.block(actor=sami, person=make_user())
        actions.mute(actor=sami, person=make_user())

    # Session, reader, one for each list; every settings page asks whether other sites sign in here,
    # and each with a head who is live of those they follow; the bell.
    with django_assert_num_queries(7):
        sami_client.get(PEOPLE)


@pytest.mark.parametrize("deed", [actions.block, actions.mute])
def test_closed_account_is_not_listed_with_a_button_that_leads_nowhere(
    sami_client, sami, lena, deed
):
    deed(actor=sami, person=lena)
    lena.is_active = False
    lena.save()

    assert "Lena" not in sami_client.get(PEOPLE).content.decode()


@pytest.mark.parametrize("key", ["blocked", "muted"])
def test_page_behind_the_last_one_is_an_end_and_not_nobody(sami_client, key):
    content = sami_client.get(PEOPLE, {key: "1"}).content.decode()

    assert "The list ends here." in content
    assert f"You have {key} nobody." not in content
    assert 'href="?"' in content
