"""Totals of who talked, on their way to the database."""

from spaces.media.talk_time import TalkTimes


def test_what_another_node_heard_is_counted_on():
    talk = TalkTimes()
    talk.know("space", {"sami": 60_000})

    talk.add("space", {"sami": 500, "hana": 200})
    talk.know("space", {"sami": 60_000})
    talk.add("space", {"sami": 500})

    assert talk.take() == {"space": {"sami": 61_000, "hana": 200}}
    assert talk.take() == {}


def test_what_was_not_kept_is_there_again_without_the_older_totals():
    talk = TalkTimes()
    talk.add("space", {"sami": 500, "hana": 200})
    taken = talk.take()
    talk.add("space", {"sami": 300})

    talk.put_back(taken)

    assert talk.take() == {"space": {"sami": 800, "hana": 200}}


def test_closed_space_is_kept_before_it_is_forgotten():
    talk = TalkTimes()
    talk.add("space", {"sami": 500})

    talk.forget("space")
    talk.know("space", {"sami": 0})
    talk.add("space", {"hana": 100})

    assert talk.take() == {"space": {"sami": 500, "hana": 100}}
