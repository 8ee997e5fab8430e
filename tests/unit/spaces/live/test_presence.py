"""Reading presence: who counts as a listener, and whose faces come first."""

from spaces.live import presence

NOW = 1000.0


def test_people_on_stage_are_neither_counted_nor_shown_as_listeners():
    people = [b"u3", b"u7", b"u1"]

    audience = presence.audience(
        5, [NOW + 3, NOW - 1, None], [None], people, stage=[7, 8, 9], now=NOW
    )

    assert audience == presence.Audience(count=4, user_ids=(1, 3))


def test_host_alone_is_the_empty_room_that_every_page_starts_with():
    audience = presence.audience(1, [NOW + 3], [None], [b"u7"], stage=[7], now=NOW)

    assert audience == presence.Audience()


def test_faces_stay_while_nobody_comes_or_goes():
    everybody = range(1, 3 * presence.LISTED)
    first = [f"u{user}".encode() for user in everybody[: presence.LISTED]]
    # The first to expire are those whose heartbeat is the oldest: at the next look, others.
    later = [f"u{user}".encode() for user in everybody[presence.LISTED : 2 * presence.LISTED]]
    seen = presence.audience(599, [None], [None], first, stage=[], now=NOW)

    scores = [NOW + 5.0] * len(seen.user_ids)
    again = presence.audience(599, [None], scores, later, stage=[], listed=seen.user_ids, now=NOW)

    assert again == seen


def test_who_left_makes_room_for_another_face():
    seen = tuple(range(1, presence.LISTED + 1))
    scores = [NOW - 1, *[NOW + 5.0] * (presence.LISTED - 1)]
    others = [b"u900", b"u901"]

    audience = presence.audience(300, [None], scores, others, stage=[], listed=seen, now=NOW)

    assert audience.user_ids == (*seen[1:], 900)


def test_count_is_never_below_nobody():
    assert presence.audience(0, [NOW + 3], [None], [], stage=[7], now=NOW).count == 0


class Pipeline:
    """Remembers what it was asked."""

    def __init__(self):
        self.calls = []

    def __getattr__(self, name):
        return lambda *args, **kwargs: self.calls.append((name, *args))


def test_listeners_without_an_account_have_no_face():
    pipeline = Pipeline()

    presence.add(pipeline, "s", ["u1", "aff"], now=NOW)

    added = {call[1]: set(call[2]) for call in pipeline.calls if call[0] == "zadd"}
    assert added == {
        presence.key_everyone("s"): {"u1", "aff"},
        presence.key_people("s"): {"u1"},
    }


def test_nobody_is_no_command():
    pipeline = Pipeline()

    presence.add(pipeline, "s", [], now=NOW)
    presence.remove(pipeline, "s", [])

    assert pipeline.calls == []


def test_as_many_answers_are_read_as_questions_are_asked():
    pipeline = Pipeline()

    presence.ask(pipeline, "s", [], now=NOW)

    assert len(pipeline.calls) == presence.ANSWERS
