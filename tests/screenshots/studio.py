"""Opens pages as people do, in one browser: for pictures and for the gates alike."""

from collections.abc import Iterable, Iterator
from urllib.parse import unquote, urlsplit

from allauth.account.internal.flows.login import record_authentication
from csp.utils import build_policy
from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve
from playwright.sync_api import Browser, Page, Route, TimeoutError

from accounts.models import User
from accounts.seen import SEEN_AT
from tests.screenshots import gates
from tests.screenshots.gates import DESK, PHONE, Watch
from tests.screenshots.pages import Shot
from tests.screenshots.worlds import Keys

WIDTHS, SCHEMES = (PHONE, DESK), ("light", "dark")


def visits(
    browser: Browser, url: str, shots: Iterable[Shot], keys: Keys
) -> Iterator[tuple["Visitor", Shot]]:
    """Each shot with who looks: one person's one after the other, in a corner of their own."""
    sizes: dict[str, int] = {}
    by_person: dict[tuple[str | None, str], list[Shot]] = {}
    for shot in shots:
        by_person.setdefault((shot.who, shot.language), []).append(shot)
    for (who, language), theirs in by_person.items():
        context = browser.new_context(
            base_url=url,
            permissions=["microphone"],
            reduced_motion="reduce",
            # It asks for pages itself, past the routes that stand for accidents.
            service_workers="block",
        )
        context.set_default_timeout(10_000)
        gates.collect(context)
        cookies = {settings.LANGUAGE_COOKIE_NAME: language}
        if who:
            cookies[settings.SESSION_COOKIE_NAME] = session_of(User.objects.get(handle=who))
        context.add_cookies(
            [{"name": name, "value": value, "url": url} for name, value in cookies.items()]
        )
        visitor = Visitor(context.new_page(), keys, sizes)
        for shot in theirs:
            yield visitor, shot
        context.close()


class Visitor:
    def __init__(self, page: Page, keys: Keys, sizes: dict[str, int]) -> None:
        self.page = page
        self.keys = keys
        self.watch = Watch(page, sizes)

    def look(self, shot: Shot, width: int, scheme: str) -> list[str]:
        """Load it and do what the shot says; gives what the gates of a load complain of."""
        self.page.set_viewport_size({"width": width, "height": 844 if width < 600 else 800})
        self.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        if shot.who is None:
            # Half a sign-in, begun in the picture before, would lead elsewhere.
            self.page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
        address = shot.address.format_map(self.keys)
        if shot.template:
            self.page.route(f"**{address}", lambda route: accident(route, str(shot.template)))
        response = self.page.goto(address, wait_until="load")
        assert response is not None
        if response.status >= 500 or (response.status >= 400 and not shot.is_refused):
            return [f"answers {response.status}"]
        if not shot.template and view_at(self.page.url) != view_at(address):
            return [f"leads to {self.page.url}"]
        try:
            if shot.act:
                shot.act(self.page)
        except TimeoutError:
            return ["what is done in this picture cannot be done"]
        self.page.evaluate(gates.SETTLED)
        return gates.after_loading(self.page, self.watch)

    def unroll(self) -> None:
        """Make the window as tall as the page.

        Bars at its bottom lie across pictures otherwise, and axe takes what they cover for lost.
        """
        assert self.page.viewport_size is not None
        height = self.page.evaluate("() => document.documentElement.scrollHeight")
        self.page.set_viewport_size({**self.page.viewport_size, "height": height})


def view_at(address: str) -> str:
    """The name of the page there; a page that is nowhere has none."""
    try:
        return resolve(unquote(urlsplit(address).path)).view_name
    except Resolver404:
        return ""


def accident(route: Route, template: str) -> None:
    """The page that the server would show, under its own policy."""
    request = HttpRequest()
    request.user = AnonymousUser()
    request.META["SERVER_NAME"], request.META["SERVER_PORT"] = "localhost", "80"
    # 500 and 503 are drawn without the request, since what reads it may be what broke.
    context = {"minutes": 5, "seconds": 0, "reference": "a1b2c3d4"}
    body = render_to_string(template, context, None if template[0] == "5" else request)
    headers = {"Content-Security-Policy": build_policy()}
    route.fulfill(status=200, content_type="text/html; charset=utf-8", body=body, headers=headers)


def session_of(person: User) -> str:
    """Signed in a moment ago, by password, as reauthentication asks."""
    request = HttpRequest()
    request.session = SessionStore()
    login(request, person, settings.AUTHENTICATION_BACKENDS[0])
    record_authentication(request, person, "password", reauthenticated=True)
    # Long not seen: the next page puts it on the list of sessions.
    request.session[SEEN_AT] = 0
    request.session.save()
    return request.session.session_key
