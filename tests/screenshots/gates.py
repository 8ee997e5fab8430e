"""What no page may do: each gate looks at a loaded page and names what is wrong with it."""

import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Response

NARROWEST, PHONE, DESK = 320, 390, 1280
MOST_BYTES = 200_000
MOST_SHIFT = 0.05
AXE = (Path(__file__).parent.parent / "vendor/axe-core-4.14.1.min.js").read_text()

# Said by the browser of what `response` tells better, and by who drives it.
NOT_THE_PAGES = re.compile("Failed to load resource|blocked by Playwright")

# Runs before the page's own scripts. The policy does not hold for it, nor for what `evaluate` runs.
COLLECT = """
window.gates = { shift: 0, moved: [], violations: [] };
new PerformanceObserver((list) => {
  for (const { value, hadRecentInput, sources } of list.getEntries()) {
    if (hadRecentInput) continue;
    window.gates.shift += value;
    for (const { node, previousRect: from, currentRect: to } of sources) {
      const name = node?.nodeName.toLowerCase() + (node?.className ? `.${node.className}` : "");
      window.gates.moved.push(`${name} ${from.y}→${to.y}`);
    }
  }
}).observe({ type: "layout-shift", buffered: true });
document.addEventListener("securitypolicyviolation", (event) => {
  window.gates.violations.push(`${event.effectiveDirective} ${event.blockedURI}`);
});
"""

# The name of an element for whoever has to find it.
NAME = """
const name = (element) => {
  const own = (one) => one.tagName.toLowerCase() + (one.id ? `#${one.id}` : "")
    + [...one.classList].map((word) => `.${word}`).join("");
  return element.parentElement ? `${own(element.parentElement)} > ${own(element)}` : own(element);
};
"""

# Whatever makes the page wider than its window; what a box of its own scrolls or hides does not.
STICKING_OUT = f"""() => {{
  {NAME}
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  const isHeld = ({{ parentElement: box }}) => box !== document.body
    && (getComputedStyle(box).overflowX !== "visible" || isHeld(box));
  const found = [...document.querySelectorAll("body *")].filter((element) => {{
    const box = element.getBoundingClientRect();
    return (box.right > width + 0.5 || box.left < -0.5) && !isHeld(element);
  }});
  return found.length ? found.map(name) : ["html"];
}}"""

# Text that the page cuts off without a sign. An ellipsis or a line clamp is one; a box of a pixel
# is words for screen readers.
CLIPPED = f"""() => {{
  {NAME}
  const hides = new Set(["hidden", "clip"]);
  return [...document.querySelectorAll("body *")].filter((element) => {{
    if (element.clientWidth <= 1 || element.clientHeight <= 1) return false;
    const style = getComputedStyle(element);
    if (style.textOverflow === "ellipsis" || style.webkitLineClamp !== "none") return false;
    const across = hides.has(style.overflowX) && element.scrollWidth > element.clientWidth + 1;
    const down = hides.has(style.overflowY) && element.scrollHeight > element.clientHeight + 1;
    if (!across && !down) return false;
    const edge = element.getBoundingClientRect();
    const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    const range = document.createRange();
    while (texts.nextNode()) {{
      if (!texts.currentNode.data.trim()) continue;
      range.selectNodeContents(texts.currentNode);
      const box = range.getBoundingClientRect();
      const holder = texts.currentNode.parentElement;
      if (box.width <= 1 || holder.closest(".vh") || !holder.checkVisibility()) continue;
      if (across && (box.right > edge.right + 1 || box.left < edge.left - 1)) return true;
      if (down && (box.bottom > edge.bottom + 1 || box.top < edge.top - 1)) return true;
    }}
    return false;
  }}).map(name);
}}"""

FIND_BARRIERS = """async () => {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const found = await axe.run(document, {
    runOnly: tags, resultTypes: ["violations"], preload: false,
  });
  return found.violations.flatMap(
    ({ id, nodes }) => nodes.map(({ target }) => `${id} ${target.join(" ")}`)
  );
}"""

PAST_THE_END = """() => {
  const end = Math.max(innerHeight, document.body.getBoundingClientRect().bottom + scrollY);
  return document.documentElement.scrollHeight - end;
}"""

# The page is there: fonts drawn, two frames of quiet.
SETTLED = """async () => {
  await document.fonts.ready;
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
}"""


def sideways(page: Page) -> list[str]:
    return page.evaluate(STICKING_OUT)[:5]


def below(page: Page) -> list[str]:
    """A page that scrolls past its own end: hidden labels outside their scroller do that."""
    past = page.evaluate(PAST_THE_END)
    return [f"{past:.0f} px"] if past > 1 else []


def clipped(page: Page) -> list[str]:
    return page.evaluate(CLIPPED)[:5]


def barriers(page: Page) -> list[str]:
    """What axe-core finds, WCAG 2.0 to 2.2 A and AA and its best practice."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE)
    return page.evaluate(FIND_BARRIERS)


def shift(page: Page) -> list[str]:
    shift, moved = page.evaluate("() => [window.gates.shift, window.gates.moved]")
    return [f"{shift:.3f}: {', '.join(moved[:4])}"] if shift >= MOST_SHIFT else []


def violations(page: Page) -> list[str]:
    return page.evaluate("() => window.gates.violations")


class Watch:
    """Listens to one page: what its console says, what it could not load, what it weighs.

    sizes: bytes of each address once it came over the network; what the browser's cache answers
    later weighs the same, since somebody's first visit has to load it.
    """

    def __init__(self, page: Page, sizes: dict[str, int]) -> None:
        self.page = page
        self.sizes = sizes
        self.requested: dict[str, str] = {}
        self.heard: list[str] = []
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.heard.append(str(error)))
        page.on("response", self._answered)
        wire = page.context.new_cdp_session(page)
        wire.send("Network.enable")
        wire.on("Network.requestWillBeSent", self._requested)
        wire.on("Network.loadingFinished", self._loaded)

    def console(self) -> list[str]:
        """Said since it was asked last."""
        heard, self.heard = self.heard, []
        return list(dict.fromkeys(heard))

    def weight(self) -> list[str]:
        addresses = set(self.requested.values())
        total = sum(self.sizes.get(address, 0) for address in addresses)
        if total <= MOST_BYTES:
            return []
        heaviest = sorted(addresses, key=lambda address: -self.sizes.get(address, 0))[:4]
        named = [f"{urlsplit(each).path} {self.sizes.get(each, 0):,}" for each in heaviest]
        return [f"{total:,} bytes: {', '.join(named)}"]

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not NOT_THE_PAGES.search(message.text):
            self.heard.append(message.text)

    def _answered(self, response: Response) -> None:
        # A page may be a refusal; nothing that it loads may be missing.
        if response.status >= 400 and not response.request.is_navigation_request():
            self.heard.append(f"{response.status} {response.url}")

    def _requested(self, event: dict) -> None:
        if event["type"] == "Document":
            self.requested.clear()
        self.requested[event["requestId"]] = event["request"]["url"]

    def _loaded(self, event: dict) -> None:
        address = self.requested.get(event["requestId"], "")
        if urlsplit(address).path.startswith("/pictures/"):
            return
        self.sizes[address] = max(self.sizes.get(address, 0), int(event["encodedDataLength"]))


def collect(context: BrowserContext) -> None:
    """Every page of it gathers what the gates ask for."""
    context.add_init_script(COLLECT)


def named(gate: str, found: Iterable[str]) -> list[str]:
    return [f"{gate}: {each}" for each in found]


def after_loading(page: Page, watch: Watch) -> list[str]:
    """What a load itself shows, at the width and in the theme it was loaded with."""
    return [
        *named("layout shift", shift(page)),
        *named("below", below(page)),
        *named("policy", violations(page)),
        *named("console", watch.console()),
        *named("weight", watch.weight()),
    ]


def as_it_stands(page: Page) -> list[str]:
    return [
        *named("sideways", sideways(page)),
        *named("clipped", clipped(page)),
        *named("axe", barriers(page)),
    ]
