"""News is written in the language of the page it goes to, and so is a refusal."""

from spaces import actions
from tests.factories import make_participant, make_user


def room_of(page) -> str:
    return page.wait(lambda frame: 'id="queue"' in frame.get("html", ""))[1]["html"]


def test_each_page_gets_the_news_in_its_own_language(pages, space):
    german = pages.open(f"/ws/spaces/{space.public_id}/?version={space.version}&language=de")
    english = pages.open(f"/ws/spaces/{space.public_id}/?version={space.version}&language=en")
    for page in (german, english):
        page.wait_event("welcome")

    sami = make_participant(space, user=make_user("sami"))
    actions.ask_to_speak(actor=sami.user, space=space)

    assert "Redeliste" in room_of(german)
    assert "Redeliste" not in room_of(english)


def test_language_that_is_none_is_the_default(pages, space):
    page = pages.open(f"/ws/spaces/{space.public_id}/?version=0&language=tlh")

    assert "Queue" in room_of(page)


def test_refusal_is_written_in_the_language_of_the_page(pages, space):
    page = pages.open(f"/ws/spaces/{space.public_id}/?version={space.version}&language=de")
    page.wait_event("welcome")

    page.say(do="speak")

    refusal = page.wait_event("refused")["data"]
    assert refusal["message"] == "Du bist nicht auf der Bühne. Melde dich erst zu Wort."
