import pytest
from hypothesis import given
from hypothesis import strategies as st

from spaces.media.errors import MediaError
from spaces.media.protocol import COMMANDS, Command, PeerNews

names = st.text(min_size=1, max_size=100)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(
    st.builds(
        Command,
        command=st.sampled_from(sorted(COMMANDS)),
        space=names,
        peer=names,
        person=names,
        sdp=st.text(max_size=200),
        candidate=st.none() | st.fixed_dictionaries({"candidate": st.text()}),
        gentle=st.booleans(),
        reply_to=names,
        host=names,
        port=st.integers(0, 65535),
        key=st.none() | st.binary(max_size=40),
    )
)
def test_command_survives_the_journey(command):
    assert Command.parse(command.as_dict()) == command


@given(
    anything
    | st.fixed_dictionaries(
        {"type": st.just("media.command"), "command": st.sampled_from(sorted(COMMANDS)) | anything},
        optional=dict.fromkeys(
            (
                "space",
                "peer",
                "person",
                "sdp",
                "candidate",
                "gentle",
                "reply_to",
                "host",
                "port",
                "key",
            ),
            anything,
        ),
    )
)
def test_any_message_is_a_command_or_refused(message):
    try:
        command = Command.parse(message)
    except MediaError:
        return

    assert all(getattr(command, name) is not None for name in COMMANDS[command.command])


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_command_without_what_it_needs_is_refused(name):
    with pytest.raises(MediaError, match="needs"):
        Command.parse({"type": "media.command", "command": name})


def test_listener_without_account_is_nobody():
    message = Command(command="listen", space="s", peer="p", person="", reply_to="r").as_dict()

    assert Command.parse(message).person is None


def test_description_that_is_too_long_is_refused():
    message = Command(command="answer", peer="p", sdp="x" * 40_000).as_dict()

    with pytest.raises(MediaError, match="too long"):
        Command.parse(message)


def test_news_are_plain_values_for_the_channel_layer():
    news = PeerNews(event="refused", peer="p", kind="speak", message="No.", retryable=True)

    assert news.as_dict() == {
        "type": "media.event",
        "event": "refused",
        "peer": "p",
        "kind": "speak",
        "sdp": None,
        "message": "No.",
        "retryable": True,
        "by": None,
        "ahead": None,
    }
