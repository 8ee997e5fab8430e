"""script/screenshots: pictures of every page, on phone and desk, by day and by night.

An instance of its own, with people and Spaces for each state; index.html beside the pictures shows
them all.
"""

import argparse
import os
import sys
import time
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import Browser, sync_playwright

from config import env
from tests.benchmarks.live import running_services

if TYPE_CHECKING:
    from tests.screenshots.pages import Shot
    from tests.screenshots.studio import Visitor
    from tests.stack import Stack


def fresh_world(world: str) -> dict[str, object]:
    from django.core.management import call_command

    from config.news import connection
    from tests.screenshots.worlds import WORLDS

    call_command("flush", interactive=False, verbosity=0)
    connection().flushdb()
    return WORLDS[world]()


def take(visitor: "Visitor", shot: "Shot", folder: Path, *, judge: bool) -> Iterator[str]:
    """Four pictures; gives what is wrong with them, each with the picture's name."""
    from tests.screenshots import gates
    from tests.screenshots.studio import SCHEMES, WIDTHS

    for width in WIDTHS:
        for scheme in SCHEMES:
            name = f"{shot.name}.{width}.{scheme}"
            wrong = visitor.look(shot, width, scheme)
            visitor.unroll()
            if judge:
                wrong += gates.as_it_stands(visitor.page)
                yield from (f"{name}: {each}" for each in wrong)
            visitor.page.screenshot(path=folder / f"{name}.png", animations="disabled")


def take_all(
    stack: "Stack", browser: Browser, shots: list["Shot"], folder: Path, *, judge: bool
) -> Iterator[str]:
    from tests.screenshots.studio import visits

    for world in dict.fromkeys(shot.world for shot in shots):
        here = [shot for shot in shots if shot.world == world]
        for visitor, shot in visits(browser, stack.url, here, fresh_world(world)):
            yield from take(visitor, shot, folder, judge=judge)


def contact_sheet(folder: Path) -> str:
    """All pictures of the folder, also those of earlier runs: a row for each page and state."""
    rows: dict[str, list[str]] = {}
    for path in sorted(folder.glob("*.png")):
        rows.setdefault(path.name.rsplit(".", 3)[0], []).append(path.name)
    sections = "".join(
        f"<h2>{escape(row)}</h2><p>"
        + "".join(
            f'<a href="{name}"><img loading=lazy alt="{name}" src="{name}"></a>' for name in names
        )
        for row, names in rows.items()
    )
    return (
        "<!doctype html><meta charset=utf-8><title>Every page</title>"
        "<style>body{font:14px sans-serif;margin:2rem;background:#ddd}"
        "p{display:flex;gap:1rem;align-items:start}img{max-height:32rem;max-width:100%}</style>"
        f"<h1>Every page</h1>{sections}"
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="script/screenshots", description=__doc__)
    parser.add_argument("--page", action="append", help="only this one; may be repeated")
    parser.add_argument("--out", type=Path, default=env.BASE_DIR / "var/screenshots")
    parser.add_argument("--gates", action="store_true", help="fail where a gate complains")
    options = parser.parse_args()

    began = time.monotonic()
    # Playwright keeps a loop on this thread, where Django would refuse every query.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with running_services() as stack, sync_playwright() as driver:
        from tests.browser.conftest import FLAGS, launch
        from tests.screenshots.pages import SHOTS

        shots = [shot for shot in SHOTS if not options.page or shot.page in options.page]
        if not shots:
            parser.error(f"pages are: {', '.join(sorted({shot.page for shot in SHOTS}))}")
        options.out.mkdir(parents=True, exist_ok=True)
        stack.restore()
        browser = launch(driver, FLAGS)
        count = 0
        for wrong in take_all(stack, browser, shots, options.out, judge=options.gates):
            print(wrong, flush=True)
            count += 1
        browser.close()
    index = options.out / "index.html"
    index.write_text(contact_sheet(options.out))
    print(f"{len(shots) * 4} pictures in {time.monotonic() - began:.0f} s: {index}")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
