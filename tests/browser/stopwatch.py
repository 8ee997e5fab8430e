"""How long news takes from a click on one page to its sight on another."""

from collections import defaultdict

from playwright.sync_api import Page

_NOTE_CLICKS = """
() => addEventListener(
  "click", () => { window.clickedAt = performance.timeOrigin + performance.now(); }, true
)
"""
# Both pages are on this machine, so their clocks are one.
_WATCH = """
({ selector, present }) => {
  window.seenAt = new Promise((resolve) => {
    const look = () => {
      if (Boolean(document.querySelector(selector)) !== present) return;
      watching.disconnect();
      resolve(performance.timeOrigin + performance.now());
    };
    const watching = new MutationObserver(look);
    const all = { subtree: true, childList: true, attributes: true, characterData: true };
    watching.observe(document.documentElement, all);
    look();
  });
}
"""


class Stopwatch:
    """Who acts and who watches are two open pages."""

    def __init__(self, watcher: Page, *actors: Page) -> None:
        self.watcher = watcher
        self.taken_ms: dict[str, list[float]] = defaultdict(list)
        for actor in actors:
            actor.evaluate(_NOTE_CLICKS)

    def time(self, news: str, actor: Page, button: str, selector: str, *, gone=False) -> None:
        """Click the button; the news is there when the watcher's page matches, or no longer."""
        self.watcher.evaluate(_WATCH, {"selector": selector, "present": not gone})
        actor.locator(button).click()
        seen_at = self.watcher.evaluate("window.seenAt")
        self.taken_ms[news].append(seen_at - actor.evaluate("window.clickedAt"))

    def check(self, most_ms: float) -> None:
        taken = [ms for of_one in self.taken_ms.values() for ms in of_one]
        # One in ten may have met the moment in which the machine was busy with something else.
        slowest = sorted(taken)[-1 - (len(taken) - 1) // 10]
        report = f"{len(taken)} news, nine in ten {slowest:.0f} ms: " + ", ".join(
            f"{news} {'/'.join(f'{ms:.0f}' for ms in of_one)}"
            for news, of_one in self.taken_ms.items()
        )
        # Before its click it would have been there already, and nothing was timed.
        assert min(taken) > 0, report
        assert slowest < most_ms, report
