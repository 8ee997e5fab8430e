"""Search: what is found, in which order, by whom, and what is never told."""

import importlib
import re
from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib.admin.sites import site
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from accounts import actions as people_actions
from accounts.models import Block, Follow, Mute, User
from spaces import actions, search
from spaces.models import Participant, Space, Topic
from spaces.views import search as views
from tests.factories import (
    make_host,
    make_participant,
    make_scheduled,
    make_space,
    make_topic,
    make_user,
)

from .private import invite
from .reading import page

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_server")]


def looked_up(client, text, **more):
    response = client.get("/search/", {"q": text, **more})
    assert response.status_code == 200
    return response.content.decode().partition("<main")[2].partition("</main>")[0]


def handles(content):
    return re.findall(r'class="person" href="/@(\w+)"', content)


def scheduled(host, title, days=1, **fields):
    moment = timezone.now() + timedelta(days=days)
    return make_scheduled(host, title=title, scheduled_for=moment, **fields)


# --- Spaces ---


@pytest.mark.parametrize("text", ["ferries", "FERR", "stop ferries", "férries", "ferries?!"])
def test_space_is_found_by_words_of_its_title(client, hana, text):
    make_space(hana, title="Who stays when the ferries stop?")
    make_space(make_host("rival"), title="Night trains")

    content = looked_up(client, text)

    assert "Who stays" in content
    assert "Night trains" not in content


def test_space_is_found_by_title_and_topic_together(client, hana):
    make_space(hana, title="Ferries").set_topics([make_topic("Coast")])
    make_space(make_host("rival"), title="Night trains").set_topics([make_topic("Transport")])

    content = looked_up(client, "coast ferries")

    assert "Ferries" in content
    assert "Night trains" not in content


@pytest.mark.parametrize("text", ["okonkwo", "@sami", "sami"])
def test_space_is_found_by_its_hosts_name_and_handle(client, text):
    make_space(make_host("sami", name="Sámi Okonkwo"), title="Night trains")

    assert "Night trains" in looked_up(client, text)


def test_handle_is_not_looked_for_in_titles(client, hana):
    make_space(hana, title="Ask sami")

    assert "Ask sami" not in looked_up(client, "@sami")


def test_misspelt_title_is_found(client, hana):
    make_space(hana, title="The old lightship")

    content = looked_up(client, "lihgtship")

    assert "Nothing is called “<bdi>lihgtship</bdi>”. This comes close:" in content
    assert "The old lightship" in content


def test_what_comes_close_is_left_out_where_something_is_spelt_so(client, hana):
    make_space(hana, title="The old lightship")
    make_space(make_host("rival"), title="Lihgtship, a misprint")

    content = looked_up(client, "lihgtship")

    assert "This comes close" not in content
    assert "The old lightship" not in content


def test_live_comes_before_upcoming_people_and_ended(client):
    make_space(make_host("one"), title="Ferries over", ended=True)
    scheduled(make_host("two"), "Ferries to come")
    make_space(make_host("three"), title="Ferries now")
    make_user("ferries_fan", name="Fan")

    content = looked_up(client, "ferries")

    places = [
        content.index(text) for text in ("Ferries now", "Ferries to come", ">Fan<", "Ferries over")
    ]
    assert places == sorted(places)


def test_called_off_space_is_not_found(client, hana):
    scheduled(hana, "Ferries", state=Space.State.CANCELLED)

    assert "Nothing found" in looked_up(client, "ferries")


def test_other_scripts_are_found(client, hana):
    make_space(hana, title="今夜の東京")
    make_space(make_host("rival"), title="مستقبل الموانئ")

    assert "今夜の東京" in looked_up(client, "東京")
    assert "مستقبل الموانئ" in looked_up(client, "الموانئ")


# --- People ---


@pytest.mark.parametrize(
    "text", ["okonkow", "Okonkwo", "okonk", "sami okonkwo", "sámi", "oknokwo", "ookonkwo"]
)
def test_person_is_found_by_name_even_misspelt(client, sami, text):
    sami.name = "Sami Okonkwo"
    sami.save()

    assert "sami" in handles(looked_up(client, text))


@pytest.mark.parametrize(("name", "text"), [("Müller", "muller"), ("Muller", "Müller")])
def test_accents_make_no_difference(client, name, text):
    make_user("otto", name=name)

    assert handles(looked_up(client, text)) == ["otto"]


@pytest.mark.parametrize("text", ["hana_it", "@hana_it", "@HANA", "@hanaa_ito"])
def test_person_is_found_by_handle(client, text):
    make_user("hana_ito", name="Nobody you know")

    assert handles(looked_up(client, text)) == ["hana_ito"]


def test_handle_that_begins_so_is_first_then_the_nearest_then_the_best_known(client):
    make_user("famous", name="Lena Anders Blum", follower_count=5_000)
    make_user("plain1", name="Lena", follower_count=1)
    make_user("plain2", name="Lena", follower_count=10)
    make_user("lena_x", name="Somebody")

    assert handles(looked_up(client, "lena")) == ["lena_x", "plain2", "plain1", "famous"]


def test_who_is_followed_can_be_unfollowed_there(client, lena, sami):
    Follow.objects.create(follower=lena, followed=sami)
    client.force_login(lena)

    content = looked_up(client, "sami")

    assert 'aria-pressed="true"' in content
    assert f'action="/@{sami.handle}/unfollow/"' in content


# --- Who is shown what ---


def test_private_space_is_found_by_whom_it_is_open_to(client, hana, lena, otto):
    space = make_space(hana, title="Quiet evening", visibility=Space.Visibility.INVITED)
    invite(space, lena)

    shown = {}
    for reader in (None, otto, lena, hana):
        client.logout()
        if reader:
            client.force_login(reader)
        shown[reader] = "Quiet evening" in looked_up(client, "quiet")

    assert shown == {None: False, otto: False, lena: True, hana: True}


@pytest.mark.parametrize("text", ["ferries", "hana", "ferreis"])
def test_nothing_of_a_host_who_blocked_the_reader_is_found(client, hana, lena, text):
    make_space(hana, title="Ferries")
    Block.objects.create(blocker=hana, blocked=lena)
    client.force_login(lena)

    assert "Nothing found" in looked_up(client, text)


@pytest.mark.parametrize("text", ["ferries", "hana"])
def test_nothing_of_a_host_whom_the_reader_blocked_is_found(client, hana, lena, text):
    make_space(hana, title="Ferries")
    Block.objects.create(blocker=lena, blocked=hana)
    client.force_login(lena)

    assert "Nothing found" in looked_up(client, text)


def test_muted_hosts_spaces_are_left_out_and_they_are_found(client, hana, lena):
    make_space(hana, title="Ferries")
    Mute.objects.create(muter=lena, muted=hana)
    client.force_login(lena)

    content = looked_up(client, "hana")

    assert handles(content) == ["hana"]
    assert "Ferries" not in content


def test_closed_account_is_not_found(client, sami):
    sami.is_active = False
    sami.save()

    assert "Nothing found" in looked_up(client, "sami")


def test_more_than_is_shown_is_never_told_to_who_may_not_see_it(client, hana, lena, monkeypatch):
    monkeypatch.setitem(views.PARTS, "ended", (1, 2))
    make_space(make_host("one"), title="Ferries one", ended=True)
    make_space(hana, title="Ferries two", ended=True, visibility=Space.Visibility.INVITED)

    assert "All that has ended" not in looked_up(client, "ferries")


# --- Empty, wrong, too much ---


def test_page_without_a_query_says_what_to_do(client):
    make_topic("Coast")

    content = page(client, "/search/")

    assert "Find a Space, or somebody" in content
    assert 'href="/topics/coast/"' in content


def test_nothing_found_says_so_and_offers_topics(client):
    make_topic("Coast")

    content = looked_up(client, "<xylophone>")

    assert "Nothing found for “<bdi>&lt;xylophone&gt;</bdi>”" in content
    assert 'href="/topics/coast/"' in content


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Type what you are looking for."),
        (" \t\u2003\n ", "Type what you are looking for."),
        ("x" * 71, "A search has at most 70 characters."),
        ("fer\0ries", "Only text can be searched for."),
        ("?!", "Search for letters or digits, not for signs."),
        ("@", "Search for letters or digits, not for signs."),
        ("😀", "Search for letters or digits, not for signs."),
    ],
)
def test_what_cannot_be_searched_for_is_answered_with_a_sentence(client, text, sentence):
    assert sentence in looked_up(client, text)


@pytest.mark.parametrize(
    "text",
    [
        *("a", "'", "' | !*:()&<->", "\\", "%", "a:*", "'a':*", "@a", "@_", "é", "ª", "ß", "İ"),
        *("x" * 70, "ab " * 23, "東" * 70, "ก" * 70, "की" * 30, "ع" * 70, "\ufffd", "a\u0301" * 20),
        "؟ ـ ٣٤", "1e5 -3 v1.2 a/b http://x.y", "{a,b}", 'say "so"', "NULL", "𝒳𝒴𝒵", "🏳️‍🌈 a",
    ],
)  # fmt: skip
def test_no_query_is_an_error(client, hana, text):
    make_space(hana, title="Ferries")

    looked_up(client, text)


def test_bytes_that_are_no_text_are_no_error(client):
    for address in ("/search/?q=%ff%fe", "/search/?q=%ed%a0%80", "/search/?q=a&in=%00&page=%00"):
        assert client.get(address).status_code == 200


def test_title_of_any_shape_can_be_stored_and_is_found(client, hana):
    for number, title in enumerate(["😀", "?", "' \\ \" : & | !", "ͅ", "a" * 70, "የ", "की"]):
        scheduled(hana, title, days=number + 1)

    assert "a" * 70 in looked_up(client, "a" * 70)


# --- Pages ---


def test_part_with_more_leads_to_all_of_it_by_the_page(client, hana, monkeypatch):
    monkeypatch.setitem(views.PARTS, "upcoming", (2, 2))
    for number in range(5):
        scheduled(hana, f"Ferries {number}", days=number + 1)

    content = looked_up(client, "ferr & co")
    assert "Nothing found" in content
    first = looked_up(client, "ferries")
    address = re.search(r'href="(\?[^"]+)">All that is coming up', first).group(1)
    last = page(client, f"/search/{address.replace('&amp;', '&')}&page=3")

    assert "Ferries 2" not in first
    assert "Ferries 4" in last
    assert "q=ferries&amp;in=upcoming&amp;page=2" in last


def test_people_go_on_by_the_page(client, monkeypatch):
    monkeypatch.setitem(views.PARTS, "people", (2, 2))
    everybody = {make_user(f"lena_{number}").handle for number in range(5)}

    found = [handles(looked_up(client, "lena", **{"in": "people", "page": n})) for n in (1, 2, 3)]

    assert "More people" in looked_up(client, "lena")
    assert {handle for handles_of_page in found for handle in handles_of_page} == everybody


@pytest.mark.parametrize("more", [{"in": "nothing"}, {"in": "live", "page": "x"}, {"page": "9"}])
def test_made_up_part_or_page_is_one_that_there_is(client, space, more):
    assert "Who stays" in looked_up(client, "ferries", **more)


def test_part_that_holds_nothing_says_so(client, space):
    assert "Nothing of this kind" in looked_up(client, "ferries", **{"in": "people"})


def test_no_more_people_than_the_best_known_are_gone_through(client, monkeypatch):
    monkeypatch.setattr(search, "MOST_PEOPLE", 2)
    for number in range(4):
        make_user(f"p{number}", name="Lena", follower_count=number)

    assert handles(looked_up(client, "lena")) == ["p3", "p2"]


# --- The way there ---


@pytest.mark.parametrize("path", ["/", "/topics/", "/upcoming/"])
def test_every_head_leads_to_search(client, path):
    head = page(client, path).partition("</header>")[0]

    assert 'action="/search/"' in head
    assert 'href="/search/"' in head


# --- What search reads is kept right ---


def test_new_name_and_handle_are_found_and_the_old_ones_are_not(client, sami):
    people_actions.edit_profile(actor=sami, name="Zoë Quist", bio="", handle="zoe")

    assert handles(looked_up(client, "quist")) == ["zoe"]
    assert handles(looked_up(client, "@zoe")) == ["zoe"]
    assert "Nothing found" in looked_up(client, "@sami")


def test_name_changed_by_staff_is_found(admin_client, client, sami):
    sami.refresh_from_db()
    sami.name = "Zoë"
    sami.save()

    assert handles(looked_up(client, "zoe")) == ["sami"]


def test_object_read_in_part_keeps_what_search_reads(client, sami):
    part = User.objects.only("bio").get(pk=sami.pk)
    part.bio = "Boats."
    part.save()

    assert handles(looked_up(client, "sami")) == ["sami"]


def test_space_that_is_opened_or_announced_is_found_by_its_topics(client, hana):
    topic = make_topic("Coast")
    later = timezone.now() + timedelta(days=2)
    common = {"actor": hana, "topics": [topic], "who_may_speak": "invited"}
    actions.schedule_space(title="To come", scheduled_for=later, **common)

    assert "To come" in looked_up(client, "coast")


def test_changed_title_is_found_with_the_topics(client, space):
    space.set_topics([make_topic("Coast")])
    space.title = "Harbours"
    space.save(update_fields=["title"])

    assert "Harbours" in looked_up(client, "coast harbours")
    assert "Nothing found" in looked_up(client, "ferries")


def test_other_changes_leave_what_search_reads_alone(client, space, django_assert_num_queries):
    space.version += 1
    with django_assert_num_queries(1):
        space.save(update_fields=["version"])


def test_renamed_topic_is_found_by_its_new_name(client, rf, space):
    topic = make_topic("Coast")
    space.set_topics([topic])
    topic.name = "Seaside"
    site.get_model_admin(Topic).save_model(rf.post("/"), topic, None, change=True)

    assert "Who stays" in looked_up(client, "seaside")
    assert "Nothing found" in looked_up(client, "coast")


def test_deleted_topic_finds_nothing_any_more(rf, client, space):
    topics = [make_topic("Coast"), make_topic("Music")]
    space.set_topics(topics)
    admin = site.get_model_admin(Topic)
    admin.delete_model(rf.post("/"), topics[0])
    admin.delete_queryset(rf.post("/"), Topic.objects.filter(pk=topics[1].pk))

    assert "Nothing found" in looked_up(client, "coast")
    assert "Nothing found" in looked_up(client, "music")
    assert "Who stays" in looked_up(client, "ferries")


def test_crowd_is_found(client):
    make_topic("Coast")
    call_command("seed_crowd", people=30, spaces=6, yes=True)

    assert all(user.search_trigrams for user in User.objects.all())
    assert all(
        set(topic.name.lower().split()) <= set(space.search_text.split())
        for space in Space.objects.prefetch_related("topics")
        for topic in space.topics.all()
    )


@pytest.mark.parametrize(
    ("app", "migration", "model"),
    [("accounts", "0008_search", User), ("spaces", "0011_search", Space)],
)
def test_rows_from_before_are_written_as_new_ones_are(space, monkeypatch, app, migration, model):
    space.set_topics([make_topic("Coast")])
    for number in range(3):
        make_scheduled(make_user(name=f"Björn {number}"), title=f"Bücher {number}")
    fields = ["pk", "search_trigrams"] + (["search_text"] if model is Space else [])
    right = list(model.objects.order_by("pk").values(*fields))
    model.objects.update(search_trigrams=[])
    module = importlib.import_module(f"{app}.migrations.{migration}")
    monkeypatch.setattr(module, "BATCH", 2)

    module.write_search(apps, None)

    assert list(model.objects.order_by("pk").values(*fields)) == right


# --- Queries: the same for any number of rows ---


def fill(count):
    for number in range(count):
        space = make_space(make_host(f"host_{number}"), title=f"Ferries {number}")
        space.set_topics([make_topic("Coast")])
        make_participant(space, role=Participant.Role.SPEAKER)
        scheduled(make_user(), f"Ferries {number} to come")
        make_space(make_user(name=f"Ferries {number}"), title=f"Ferries {number} over", ended=True)


@pytest.mark.parametrize("count", [1, 10])
def test_search_takes_the_same_queries_for_any_number_of_rows(
    client, django_assert_num_queries, count
):
    fill(count)

    # Whom it means; which Spaces; rows of those that are not live; what is live, and of it what is
    # new; cards with hosts, topics, stages; people.
    with django_assert_num_queries(9):
        client.get("/search/?q=ferries")


@pytest.mark.parametrize("count", [1, 10])
def test_misspelt_search_takes_the_same_queries_for_any_number_of_rows(
    client, django_assert_num_queries, count
):
    fill(count)

    # As above, after asking in vain for people and Spaces that are spelt so.
    with django_assert_num_queries(11):
        client.get("/search/?q=ferreis")


@pytest.mark.parametrize("count", [1, 10])
def test_readers_search_takes_the_same_queries_for_any_number_of_rows(
    client, lena, django_assert_num_queries, count
):
    fill(count)
    client.force_login(lena)

    # As signed out, and: session, reader; blocks and mutes, removals, what calls them in; whom they
    # follow; the bell.
    with django_assert_num_queries(16):
        client.get("/search/?q=ferries")


def test_search_in_vain_takes_few_queries(client, space, django_assert_num_queries):
    # People and Spaces, as spelt and close to it; topics.
    with django_assert_num_queries(5):
        client.get("/search/?q=xylophone")


@pytest.mark.parametrize("column", ["search_words", "search_trigrams"])
def test_columns_of_search_have_their_indexes(column):
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE tablename = 'spaces_space'")
        definitions = [definition for (definition,) in cursor.fetchall()]

    assert any(f"USING gin ({column})" in definition for definition in definitions)
