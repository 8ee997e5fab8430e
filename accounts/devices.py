"""What a browser calls itself, in words that its person knows it by."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

# In this order: most call themselves Chrome and Safari as well.
BROWSERS = {
    "SamsungBrowser/": "Samsung Internet",
    "Edg": "Edge",
    "OPR/": "Opera",
    "Firefox/": "Firefox",
    "FxiOS/": "Firefox",
    "CriOS/": "Chrome",
    "Chrome/": "Chrome",
    "Safari/": "Safari",
}
SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "CrOS": "ChromeOS",
    "Windows": "Windows",
    "Macintosh": "Mac",
    "Linux": "Linux",
}
HAND_HELD = {"iPhone", "iPad", "Android"}


@dataclass(frozen=True, kw_only=True)
class Device:
    browser: str
    system: str

    def __str__(self) -> str:
        if self.browser and self.system:
            return _("%(browser)s on %(system)s") % {
                "browser": self.browser,
                "system": self.system,
            }
        return self.browser or self.system or _("Some browser")

    @property
    def icon(self) -> str:
        return "device-mobile" if self.system in HAND_HELD else "desktop"


def device(user_agent: str) -> Device:
    return Device(browser=_first(BROWSERS, user_agent), system=_first(SYSTEMS, user_agent))


def _first(names: dict[str, str], user_agent: str) -> str:
    return next((name for sign, name in names.items() if sign in user_agent), "")
