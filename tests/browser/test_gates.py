"""Each gate stops the page that it is there to stop, and lets a good one through."""

import pytest

from tests.screenshots import gates
from tests.screenshots.gates import PHONE, SETTLED, Watch

pytestmark = pytest.mark.browser

ADDRESS = "https://rostrum.example/page/"
GOOD = "<h1>A page</h1><p>Some words.</p>"
POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'"


@pytest.fixture
def shown(shared_browser):
    """Shows a page with this in its main part, under a policy like ours; gives page and watch."""
    context = shared_browser.new_context(viewport={"width": PHONE, "height": 844})
    gates.collect(context)

    def show(main, head=""):
        page = context.new_page()
        watch = Watch(page, {})
        html = f"<!doctype html><html lang=en><title>Page</title>{head}<main>{main}</main></html>"
        page.route(
            "**/*",
            lambda route: route.fulfill(
                content_type="text/html; charset=utf-8",
                body=html if route.request.is_navigation_request() else "x" * 250_000,
                headers={"Content-Security-Policy": POLICY},
            ),
        )
        page.goto(ADDRESS)
        page.evaluate(SETTLED)
        return page, watch

    yield show
    context.close()


def test_good_page_passes_every_gate(shown):
    page, watch = shown(GOOD)

    assert [*gates.after_loading(page, watch), *gates.as_it_stands(page)] == []


def test_sideways_names_what_sticks_out(shown):
    page, _ = shown(f'{GOOD}<div class="wide" style="width: 500px">x</div>')

    assert gates.sideways(page) == ["main > div.wide"]


def test_below_tells_of_what_stands_past_the_end(shown):
    label = '<b style="position: absolute; inset-block-start: 3000px">x</b>'
    page, _ = shown(f"{GOOD}{label}")

    (past,) = gates.below(page)
    assert past.endswith(" px")


def test_sideways_leaves_out_what_a_box_of_its_own_scrolls(shown):
    row = '<div style="overflow-x: auto"><div style="width: 600px">x</div></div>'
    page, _ = shown(f'{GOOD}{row}<div class="wide" style="width: 500px">x</div>')

    assert gates.sideways(page) == ["main > div.wide"]


def test_sideways_sees_both_ends_of_a_page_from_right_to_left(shown):
    page, _ = shown(f'{GOOD}<div class="wide" style="width: 500px">x</div>')
    page.evaluate("() => { document.documentElement.dir = 'rtl'; }")

    assert "main > div.wide" in gates.sideways(page)


@pytest.mark.parametrize(
    "style",
    ["inline-size: 60px; white-space: nowrap", "block-size: 10px"],
    ids=["across", "down"],
)
def test_clipped_names_the_box_that_cuts_its_words(shown, style):
    page, _ = shown(
        f'<h1>A page</h1><p class="cut" style="overflow: hidden; {style}">Some words</p>'
    )

    assert gates.clipped(page) == ["main > p.cut"]


@pytest.mark.parametrize(
    "style",
    [
        "white-space: nowrap; text-overflow: ellipsis",
        "display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 1",
    ],
    ids=["ellipsis", "line-clamp"],
)
def test_clipped_lets_words_be_shortened_with_a_sign(shown, style):
    page, _ = shown(
        f'<h1>A page</h1><p style="overflow: hidden; width: 60px; {style}">Some words</p>'
    )

    assert gates.clipped(page) == []


def test_axe_names_rule_and_element(shown):
    page, _ = shown(f"{GOOD}<img id=face src='data:,'>")

    assert gates.barriers(page) == ["image-alt #face"]


def test_axe_looks_for_good_practice_too(shown):
    page, _ = shown("<h2>No page begins with this</h2>")

    assert any(found.startswith("page-has-heading-one") for found in gates.barriers(page))


def test_shift_adds_up_what_moves_after_it_was_seen(shown):
    page, _ = shown(
        f"<div id=late></div><div style='height: 400px; background: teal'>x</div>{GOOD}"
    )

    page.evaluate("() => { document.querySelector('#late').style.height = '300px'; }")
    page.evaluate(SETTLED)

    assert len(gates.shift(page)) == 1


def test_policy_stops_an_inline_script_even_after_axe_has_run(shown):
    page, _ = shown(f"{GOOD}<script>window.ran = 1;</script>")
    gates.barriers(page)

    page.evaluate(
        "() => document.body.append(Object.assign(document.createElement('script'), "
        "{ textContent: 'window.ran = 2;' }))"
    )

    assert page.evaluate("() => window.ran") is None
    assert gates.violations(page) == ["script-src-elem inline", "script-src-elem inline"]


def test_console_repeats_errors_of_scripts(shown):
    page, watch = shown(GOOD)

    page.evaluate("() => console.error('a script complains')")

    assert watch.console() == ["a script complains"]


def test_console_names_what_the_page_could_not_load(shown):
    page, watch = shown(GOOD)
    page.route("**/missing.png", lambda route: route.fulfill(status=404))

    page.evaluate("() => fetch('/missing.png')")

    assert watch.console() == ["404 https://rostrum.example/missing.png"]


def test_weight_names_the_heaviest_of_a_page_that_weighs_too_much(shown):
    _, watch = shown(GOOD, head="<script src=/heavy.js></script>")

    assert "/heavy.js" in watch.weight()[0]


def test_weight_remembers_what_the_cache_answers(shown):
    page, watch = shown(GOOD, head="<script src=/heavy.js></script>")
    watch.sizes.update(dict.fromkeys(watch.sizes, 300_000))

    page.reload()

    assert watch.weight()[0].startswith("600,000 bytes")
