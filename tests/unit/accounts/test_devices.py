"""What a browser calls itself, in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.devices import device

CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0"


@pytest.mark.parametrize(
    ("user_agent", "words", "icon"),
    [
        (f"Mozilla/5.0 (Windows NT 10.0) {CHROME} Safari/537.36", "Chrome on Windows", "desktop"),
        (
            f"Mozilla/5.0 (Windows NT 10.0) {CHROME} Safari/537.36 Edg/140.0",
            "Edge on Windows",
            "desktop",
        ),
        (
            f"Mozilla/5.0 (Linux; Android 14) {CHROME} Mobile Safari/537.36",
            "Chrome on Android",
            "device-mobile",
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.5 Safari/605.1.15",
            "Safari on Mac",
            "desktop",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5) CriOS/140.0 Mobile Safari/604.1",
            "Chrome on iPhone",
            "device-mobile",
        ),
        ("Mozilla/5.0 (Android 14; Mobile) Firefox/140.0", "Firefox on Android", "device-mobile"),
        ("curl/8.5.0", "Some browser", "desktop"),
        ("", "Some browser", "desktop"),
        ("Mozilla/5.0 (X11; Linux x86_64)", "Linux", "desktop"),
    ],
)
def test_browser_and_system_are_named(user_agent, words, icon):
    found = device(user_agent)

    assert (str(found), found.icon) == (words, icon)


@given(user_agent=st.text(max_size=200))
def test_whatever_it_says_has_words(user_agent):
    assert str(device(user_agent))
