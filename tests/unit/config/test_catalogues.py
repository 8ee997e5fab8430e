"""German and Arabic say all that English says, and nothing that would break a sentence."""

import gettext
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

ROOT = settings.BASE_DIR
SOURCES = ("accounts", "config", "spaces", "ticketing", "templates", "locale")
LANGUAGES = [code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
every_language = pytest.mark.parametrize("language", LANGUAGES)


def catalogue(language: str, kind: str, root: Path = ROOT) -> Path:
    return root / "locale" / language / "LC_MESSAGES" / f"django.{kind}"


def read(path: Path) -> dict[str, list[str]]:
    """What each text may become; a plural has several."""
    with path.open("rb") as file:
        table = gettext.GNUTranslations(file)._catalog
    found: dict[str, list[str]] = {}
    for key, translated in table.items():
        found.setdefault(key[0] if isinstance(key, tuple) else key, []).append(translated)
    found.pop("", None)
    return found


@pytest.fixture(scope="module")
def fresh(tmp_path_factory) -> Path:
    """The source with its catalogues brought up to date, elsewhere."""
    if shutil.which("xgettext") is None:
        pytest.fail("GNU gettext is missing: script/test installs it")
    root = tmp_path_factory.mktemp("source")
    for name in SOURCES:
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    subprocess.run(
        [sys.executable, "-m", "django", "makemessages", "--all", "--no-obsolete"],
        cwd=root,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings"},
        check=True,
        capture_output=True,
    )
    return root


@every_language
def test_catalogue_has_every_text_of_the_source(language, fresh):
    statistics = subprocess.run(
        ["msgfmt", "--check", "--statistics", "-o", "/dev/null", catalogue(language, "po", fresh)],
        check=True,
        capture_output=True,
        text=True,
    ).stderr

    assert re.fullmatch(r"\d+ translated messages\.\n", statistics), statistics


@every_language
def test_compiled_catalogue_is_the_written_one(language, fresh, tmp_path):
    compiled = tmp_path / "django.mo"
    subprocess.run(
        ["msgfmt", "-o", compiled, catalogue(language, "po", fresh)],
        check=True,
    )

    assert read(catalogue(language, "mo")) == read(compiled)


def marks(text: str) -> list[str]:
    """What a sentence is put together by: placeholders and tags."""
    return sorted(re.findall(r"%\(\w+\)[sd]|\{\w+\}|</?[a-z]+[^>]*>", text))


@every_language
def test_translation_keeps_placeholders_and_tags(language):
    broken = [
        (text, translated)
        for text, several in read(catalogue(language, "mo")).items()
        for translated in several
        # One of one, and two of two, may be words instead of a number.
        if set(marks(translated)) - set(marks(text))
        or (len(several) == 1 and marks(translated) != marks(text))
    ]

    assert broken == []
