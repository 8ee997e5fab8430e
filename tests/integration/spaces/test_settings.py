"""How the host sets the Space, announced and live: what is taken, what follows, who may."""

from datetime import timedelta

import pytest
from django.utils import timezone

from config.errors import NotAllowed
from spaces import actions
from spaces.actions.settings import CHANGEABLE
from spaces.forms import FILTER_WORD_LENGTH, FILTER_WORDS
from spaces.models import CommentFilter, Participant, Space, SpeakRequest
from tests.factories import make_host, make_participant, make_scheduled, make_user

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
Role, Size, WhoMayComment = Participant.Role, Space.StageSize, Space.WhoMayComment
CHANGED = {
    "who_may_speak": "everyone",
    "takes_requests": False,
    "first_timers_first": True,
    "turn_s": 120,
    "stage_size": "large",
    "who_may_comment": "followers",
    "comment_every_s": 30,
    "allows_unnamed": False,
}
# As the form sends them: a box that is not ticked is not there.
FIELDS = {name: value for name, value in CHANGED.items() if value is not False} | {"words": ""}
# And how it was set when the form was drawn.
DRAWN = {f"initial-{name}": getattr(Space(), name) for name in CHANGED} | {"initial-words": ""}
FIELDS |= DRAWN


def reread(space):
    return Space.objects.get(pk=space.pk)


def settings_of(space):
    return {name: getattr(reread(space), name) for name in CHANGEABLE}


def address(space):
    return f"/spaces/{space.public_id}/settings/"


def fill(space, count, role=Role.SPEAKER):
    return [make_participant(space, role=role) for _ in range(count)]


@pytest.fixture
def acting(space, sami):
    """Sami, who holds the Space while Hana is away."""
    co_host = make_participant(space, user=sami, role=Role.CO_HOST)
    space.host_away_since, space.acting_host = timezone.now(), co_host
    space.save(update_fields=["host_away_since", "acting_host"])
    return sami


@pytest.fixture
def save(client, hana, space):
    client.force_login(hana)

    def post(**fields):
        return client.post(address(space), FIELDS | fields, headers=HTMX)

    return post


# --- The action ---


def test_everything_that_is_set_is_kept(space, hana):
    actions.change_settings(actor=hana, space=space, **CHANGED)

    assert settings_of(space) == CHANGED


def test_announced_space_is_set_as_well(hana):
    space = make_scheduled(hana)

    actions.change_settings(actor=hana, space=space, turn_s=60)

    assert reread(space).turn_s == 60


def test_cancelled_space_is_not_set(hana):
    space = make_scheduled(hana, state=Space.State.CANCELLED)

    with pytest.raises(actions.SpaceOver):
        actions.change_settings(actor=hana, space=space, turn_s=60)


def test_what_is_no_setting_is_a_mistake(space, hana):
    with pytest.raises(TypeError):
        actions.change_settings(actor=hana, space=space, title="Mine")


def test_who_acts_as_the_host_sets_the_space(space, acting):
    actions.change_settings(actor=acting, space=space, turn_s=60)

    assert reread(space).turn_s == 60


def test_co_host_does_not_set_the_space(space, sami):
    make_participant(space, user=sami, role=Role.CO_HOST)

    with pytest.raises(NotAllowed):
        actions.change_settings(actor=sami, space=space, turn_s=60)


@pytest.mark.parametrize("size", [Size.SMALL, Size.STANDARD])
def test_stage_of_just_the_size_for_who_is_on_it_is_taken(space, hana, size):
    space.stage_size = size
    fill(space, actions.places(space)[1])
    Space.objects.filter(pk=space.pk).update(stage_size=Size.LARGE)

    actions.change_settings(actor=hana, space=space, stage_size=size)

    assert reread(space).stage_size == size


@pytest.mark.parametrize(
    ("extra", "sentence"), [(1, "1 person has to step down"), (2, "2 people have to step down")]
)
def test_stage_too_small_for_who_is_on_it_is_refused(space, hana, extra, sentence):
    fill(space, actions.places(space)[1] + extra)
    Space.objects.filter(pk=space.pk).update(stage_size=Size.LARGE)

    with pytest.raises(actions.StageFull, match=sentence):
        actions.change_settings(actor=hana, space=space, stage_size=Size.STANDARD)


def test_co_hosts_count_on_a_small_stage(space, hana):
    fill(space, 2, Role.CO_HOST)
    fill(space, 2)

    with pytest.raises(actions.StageFull):
        actions.change_settings(actor=hana, space=space, stage_size=Size.SMALL)


def test_who_waits_in_line_stays_there_when_requests_are_turned_off(space, hana, speak_request):
    actions.change_settings(actor=hana, space=space, takes_requests=False)

    assert SpeakRequest.objects.pending().get() == speak_request


def test_turns_begin_for_who_speaks_when_the_timer_is_turned_on(space, hana, open_speaker):
    actions.change_settings(actor=hana, space=space, turn_s=60)

    open_speaker.refresh_from_db()
    assert open_speaker.turn_ends_at - timezone.now() <= timedelta(seconds=60)


def test_no_turn_is_left_when_the_timer_is_turned_off(space, hana, open_speaker):
    actions.change_settings(actor=hana, space=space, turn_s=60)

    actions.change_settings(actor=hana, space=space, turn_s=0)

    open_speaker.refresh_from_db()
    assert open_speaker.turn_ends_at is None


def test_first_timers_move_to_the_front_when_they_are_put_first(space, hana):
    for rank, is_first_time in enumerate([False, True], start=1):
        participant = make_participant(space)
        SpeakRequest.objects.create(participant=participant, rank=rank, is_first_time=is_first_time)

    actions.change_settings(actor=hana, space=space, first_timers_first=True)

    line = SpeakRequest.objects.order_by("rank").values_list("is_first_time", flat=True)
    assert list(line) == [True, False]


# --- Pausing comments ---


@pytest.mark.parametrize("before", [WhoMayComment.EVERYONE, WhoMayComment.FOLLOWERS])
def test_comments_resume_for_those_who_had_them(space, hana, before):
    Space.objects.filter(pk=space.pk).update(who_may_comment=before)

    actions.pause_comments(actor=hana, space=space)
    paused = reread(space).who_may_comment
    actions.resume_comments(actor=hana, space=space)

    assert (paused, reread(space).who_may_comment) == (WhoMayComment.OFF, before)


def test_comments_off_from_the_start_resume_for_everyone(space, hana, paused_comments):
    actions.resume_comments(actor=hana, space=space)

    assert reread(space).who_may_comment == WhoMayComment.EVERYONE


def test_pausing_twice_still_knows_who_had_comments(space, hana):
    Space.objects.filter(pk=space.pk).update(who_may_comment=WhoMayComment.FOLLOWERS)
    actions.pause_comments(actor=hana, space=space)

    actions.pause_comments(actor=hana, space=space)
    actions.resume_comments(actor=hana, space=space)

    assert reread(space).who_may_comment == WhoMayComment.FOLLOWERS


# --- The host's words ---


def test_words_are_kept_as_they_are_compared(save, hana):
    save(words="Spam\r\nSPÄM\r\n \r\nspam")

    assert CommentFilter.objects.words_of(hana) == ["spam"]


def test_words_replace_the_former_ones(space, hana):
    actions.change_settings(actor=hana, space=space, words=["spam"])

    actions.change_settings(actor=hana, space=space, words=["eggs"])

    assert CommentFilter.objects.words_of(hana) == ["eggs"]


def test_words_are_kept_with_the_settings_or_not_at_all(space, hana):
    fill(space, 10)

    with pytest.raises(actions.StageFull):
        actions.change_settings(actor=hana, space=space, words=["x"], stage_size=Size.SMALL)

    assert CommentFilter.objects.words_of(hana) == []


def test_words_alone_are_no_news(space, hana):
    actions.change_settings(actor=hana, space=space, words=["spam"])

    assert reread(space).version == space.version


# --- The form ---


def test_saving_answers_the_dialog_with_nothing_but_a_toast(save, space):
    response = save()

    assert (response.status_code, settings_of(space)) == (204, CHANGED)
    assert "Saved." in response.headers["HX-Trigger"]


def test_saving_without_script_leads_back_into_the_space(client, hana, space):
    client.force_login(hana)

    response = client.post(address(space), FIELDS)

    assert response.url == space.get_absolute_url()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("turn_s", "61"),
        ("turn_s", "-60"),
        ("turn_s", "9" * 400),
        ("turn_s", ""),
        ("comment_every_s", "1"),
        ("comment_every_s", "x\x00"),
        ("stage_size", "huge"),
        ("who_may_speak", ""),
        ("who_may_comment", "somebody"),
        ("words", "a\x00b"),
        ("words", "x" * (FILTER_WORD_LENGTH + 1)),
        ("words", "\n".join(str(number) for number in range(FILTER_WORDS + 1))),
    ],
)
def test_what_does_not_fit_stays_on_the_form_and_changes_nothing(save, space, field, value):
    before = settings_of(space)

    response = save(**{field: value})

    assert response.status_code == 200
    assert set(response.context["form"].errors) == {field}
    assert settings_of(space) == before


def test_as_many_words_as_fit_are_taken(save, hana):
    words = [f"{number:0{FILTER_WORD_LENGTH}}" for number in range(FILTER_WORDS)]

    save(words="\r\n".join(["", *words, words[0].upper()]))

    assert CommentFilter.objects.words_of(hana) == words


def test_form_saves_only_what_was_changed_in_it(save, hana, space):
    actions.pause_comments(actor=hana, space=space)

    save(who_may_comment=WhoMayComment.EVERYONE)

    assert settings_of(space) == CHANGED | {"who_may_comment": WhoMayComment.OFF}


def test_form_brings_along_how_the_space_was_set(client, hana, space):
    client.force_login(hana)

    content = client.get(address(space)).content.decode()

    assert [content.count(f'name="{name}"') for name in DRAWN] == [1] * len(DRAWN)


def test_full_stage_is_said_at_the_field(save, space):
    fill(space, 10)

    response = save(stage_size="small")

    assert "have to step down first" in response.content.decode()
    assert list(response.context["form"].errors) == ["stage_size"]


def test_form_shows_how_the_space_is_set(client, hana, space):
    actions.change_settings(actor=hana, space=space, words=["two words"], **CHANGED)
    client.force_login(hana)

    form = client.get(address(space)).context["form"]

    assert {name: form[name].value() for name in CHANGED} == CHANGED
    assert form["words"].value() == "two words"


def test_form_says_what_each_stage_holds(client, hana, space, settings):
    settings.STAGE_SMALL = 7
    client.force_login(hana)

    assert "Small, 7 people" in client.get(address(space)).content.decode()


def test_room_is_given_the_form_alone(client, hana, space):
    client.force_login(hana)

    page = client.get(address(space)).content.decode()
    part = client.get(address(space), headers=HTMX)

    assert "<html" in page
    assert "<html" not in part.content.decode()
    assert "HX-Request" in part.headers["Vary"]


# --- The door ---


def test_page_of_the_settings_is_the_hosts_and_the_acting_hosts(client, space, acting, hana):
    for person in (hana, acting):
        client.force_login(person)

        assert client.get(address(space)).status_code == 200


@pytest.mark.parametrize("role", [Role.CO_HOST, Role.SPEAKER, Role.LISTENER])
def test_nobody_else_inside_opens_the_settings(client, space, lena, role):
    make_participant(space, user=lena, role=role)
    client.force_login(lena)

    assert client.get(address(space)).status_code == 403
    assert client.post(address(space), FIELDS).status_code == 403


def test_stranger_opens_no_settings(client, space, otto):
    client.force_login(otto)

    assert client.post(address(space), FIELDS).status_code == 403


def test_host_of_another_space_sets_only_the_own_one(client, space):
    client.force_login(make_scheduled(make_host("rival")).host)

    assert client.post(address(space), FIELDS).status_code == 403


def test_visitor_is_asked_to_sign_in(client, space):
    assert client.post(address(space), FIELDS).url.startswith("/account/login/")


def test_ended_space_has_no_settings(client, hana, space):
    actions.end_space(actor=hana, space=space)
    client.force_login(hana)

    assert client.get(address(space)).status_code == 409


def test_words_of_the_host_are_not_shown_to_who_acts(client, space, hana, acting):
    actions.change_settings(actor=hana, space=space, words=["unspeakable"])
    client.force_login(acting)

    content = client.get(address(space)).content.decode()

    assert "unspeakable" not in content
    assert "words" not in client.get(address(space)).context["form"].fields


def test_who_acts_leaves_the_words_of_both_alone(client, space, hana, acting):
    actions.change_settings(actor=hana, space=space, words=["unspeakable"])
    client.force_login(acting)

    client.post(address(space), FIELDS | {"words": "mine"})

    assert CommentFilter.objects.words_of(hana) == ["unspeakable"]
    assert CommentFilter.objects.words_of(acting) == []


# --- What the page of everybody knows ---


@pytest.mark.parametrize(
    ("crew", "speakers", "places"), [(0, 0, 3), (0, 3, 3), (1, 2, 2), (2, 1, 1)]
)
def test_stage_says_how_many_could_speak(client, hana, crew, speakers, places, space):
    Space.objects.filter(pk=space.pk).update(stage_size=Size.SMALL)
    fill(space, crew, Role.CO_HOST)
    fill(space, speakers)

    content = client.get(space.get_absolute_url()).content.decode()

    assert f'data-speakers="{speakers}" data-places="{places}"' in content


def test_full_stage_is_what_the_action_calls_full(space, hana):
    """The page and `require_room` must not differ on the last place."""
    Space.objects.filter(pk=space.pk).update(stage_size=Size.SMALL, who_may_speak="everyone")
    fill(space, 1, Role.CO_HOST)
    last, late = make_user(), make_user()

    fill(space, 1)
    actions.step_up(actor=last, space=space)

    with pytest.raises(actions.StageFull):
        actions.step_up(actor=late, space=space)
