"""Every page in every state worth looking at: as data, compared with the URL map by a test."""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

from tests.factories import PASSWORD
from tests.screenshots.worlds import (
    ACTED_FOR,
    CALLED,
    CANCELLED,
    EMPTY_ROOM,
    ENDED,
    FOLLOWED,
    FULL_STAGE,
    HIDDEN,
    HOST_AWAY,
    LIVE,
    MAIL,
    MOVED,
    NO_SHOW,
    SCHEDULED,
)

Act = Callable[[Page], None]


@dataclass(frozen=True, kw_only=True)
class Shot:
    """One picture: somebody (nobody: a visitor) at an address, after what they did there.

    state: empty, full or refused; where one page has several of a kind, with a word more.
    leads_to: name of the page that the act ends on, where it has no address to go to.
    template: a page that only an accident shows, drawn in place of the address.
    """

    page: str
    state: str
    address: str
    who: str | None = None
    act: Act | None = None
    language: str = "en"
    world: str = "full"
    leads_to: str = ""
    template: str | None = None

    @property
    def name(self) -> str:
        language = "" if self.language == "en" else f".{self.language}"
        return f"{self.page}.{self.state}{language}"

    @property
    def is_refused(self) -> bool:
        return self.state.startswith("refused")


def send(**fields: str) -> Act:
    """Fill a form in and send it, past what the browser itself would say."""

    def act(page: Page) -> None:
        for name, value in fields.items():
            page.locator(f"main [name={name}]:visible").first.fill(value)
        form = page.locator(f"main form:has([name={next(iter(fields))}]:visible)").first
        with page.expect_navigation():
            form.evaluate("form => { form.noValidate = true; form.requestSubmit(); }")

    return act


def upload_nonsense(page: Page) -> None:
    file = page.locator("main input[type=file]")
    file.set_input_files({"name": "face.png", "mimeType": "image/png", "buffer": b"no picture"})
    with page.expect_navigation():
        file.evaluate("file => file.form.requestSubmit()")


def press_button(page: Page) -> None:
    with page.expect_navigation():
        page.locator("main form button").click()


def come_in(page: Page) -> None:
    """Past the door of a live Space, where the room is."""
    page.locator("#gate [data-do=listen]").click()
    page.locator("#gate").wait_for(state="hidden")


def open_settings(page: Page) -> None:
    come_in(page)
    page.locator("#crewbar [data-do=settings]").last.click()
    page.locator("#settings-form").wait_for()


def open_share(page: Page) -> None:
    come_in(page)
    page.locator(".room-head > [data-do=share]").click()
    page.locator("#share-dialog[open]").wait_for()


def open_more(page: Page) -> None:
    page.locator("main details.more summary").click()


def open_table(page: Page) -> None:
    page.locator(".chart-table summary").click()


def second_step(page: Page) -> None:
    """The password was right; the second factor is asked for."""
    send(login="lena", password=PASSWORD)(page)


def space(public_id: object) -> str:
    return f"/spaces/{public_id}/"


def entry(page: str, *shots: tuple, **common: object) -> list[Shot]:
    """(state, address, who) of one page, a fourth for what was done there."""
    fields = ("state", "address", "who", "act")
    return [Shot(page=page, **dict(zip(fields, shot, strict=False)), **common) for shot in shots]


LOST = "/search/?q=Donaudampfschifffahrtsgesellschaftskapitaenswitwe"

LISTS = [
    *entry("home", ("empty", "/", None), ("empty-own", "/", "lena"), world="nobody"),
    *entry("home", ("full", "/", None), ("full-own", "/", "lena"), ("full-host", "/", "hana")),
    *entry("live", ("empty", "/live/", None), world="nobody"),
    *entry("live", ("full", "/live/", "lena")),
    *entry("upcoming", ("empty", "/upcoming/", "lena"), world="nobody"),
    *entry("upcoming", ("full", "/upcoming/", "lena")),
    *entry("search", ("empty", "/search/", None), ("empty-found", LOST, "lena"), world="nobody"),
    *entry(
        "search",
        ("full", "/search/?q=night", "lena"),
        ("full-close", "/search/?q=okonkow", "lena"),
        ("full-people", "/search/?q=aoife&in=people&page=2", "lena"),
        ("full-visitor", "/search/?q=adolph", None),
        ("refused", f"/search/?q={'x' * 71}", "lena"),
    ),
    *entry("topics", ("empty", "/topics/", None), world="nobody"),
    *entry("topics", ("full", "/topics/", "lena")),
    *entry("topic", ("empty", "/topics/coast/", None), world="nobody"),
    # Lena follows Transport, and who is live: a bar is under the head of her pages.
    *entry("topic", ("full", "/topics/coast/", "lena"), ("full-own", "/topics/transport/", "lena")),
]

SPACES = [
    *entry("door", ("empty", space(EMPTY_ROOM), None), world="empty"),
    *entry("door", ("full", space(FULL_STAGE), None), ("refused", space(HIDDEN), "bert")),
    *entry("room", ("empty", space(EMPTY_ROOM), "nora", come_in), world="empty"),
    *entry("room", ("empty-host-away", space(HOST_AWAY), None, come_in), world="empty"),
    *entry(
        "room",
        ("full", space(FULL_STAGE), "lena", come_in),
        ("full-host", space(LIVE), "hana", come_in),
        ("full-speaker", space(LIVE), "sami", come_in),
    ),
    *entry(
        "scheduled",
        ("full", space(SCHEDULED), "lena"),
        ("full-visitor", space(SCHEDULED), None),
        ("full-host", space(SCHEDULED), "hana"),
        # And she is reminded of it, early as well.
        ("full-moved", space(MOVED), "lena"),
        ("full-moved-host", space(MOVED), "hana"),
    ),
    *entry(
        "edit",
        ("full", f"{space(MOVED)}edit/", "hana"),
        ("refused", f"{space(MOVED)}edit/", "hana", send(scheduled_for="2020-01-01T10:00")),
        ("refused-other", f"{space(MOVED)}edit/", "lena"),
    ),
    *entry(
        "cancelled",
        ("full", space(CANCELLED), "lena"),
        ("full-host", space(CANCELLED), "hana"),
        ("full-no-show", space(NO_SHOW), "lena"),
    ),
    *entry(
        "space-settings",
        ("full", f"{space(LIVE)}settings/", "hana"),
        ("full-room", space(LIVE), "hana", open_settings),
        ("refused", f"{space(FULL_STAGE)}settings/", "lena"),
    ),
    *entry(
        "space-share",
        ("full", f"{space(CALLED)}share/", "hana"),
        ("full-room", space(LIVE), "hana", open_share),
    ),
    *entry(
        "locked",
        ("refused-follow", space(FOLLOWED), "nora"),
        ("refused-invitation", space(CALLED), "nora"),
        ("refused-removed", space(CALLED), "sami"),
        ("refused-visitor", space(CALLED), None),
    ),
    *entry(
        "ended",
        ("full", space(ENDED), "lena"),
        ("full-host", space(ENDED), "hana"),
        ("full-visitor", space(ENDED), None),
    ),
    *entry("analytics", ("empty", f"{space(EMPTY_ROOM)}analytics/", "nora"), world="empty"),
    *entry(
        "analytics",
        ("full", f"{space(ENDED)}analytics/", "hana", open_table),
        ("refused", f"{space(ENDED)}analytics/", "lena"),
    ),
    *entry("start", ("empty", "/spaces/start/", "nora"), world="empty"),
    *entry(
        "start",
        ("full", "/spaces/start/", "otto"),
        ("refused", "/spaces/start/", "lena"),
        ("refused-title", "/spaces/start/", "otto", send(title=" ")),
        ("full-more", "/spaces/start/", "otto", open_more),
    ),
]

PROFILES = [
    *entry("profile", ("empty", "/@lena", "lena"), world="nobody"),
    *entry(
        "profile",
        ("full", "/@hana", "lena"),
        ("full-own", "/@lena", "lena"),
        ("full-visitor", "/@hana", None),
        ("refused", "/@bert", "lena"),
    ),
    *entry("past-spaces", ("empty", "/@lena/spaces/", "lena"), ("full", "/@hana/spaces/", "lena")),
    *entry(
        "followers", ("empty", "/@bert/followers/", "nora"), ("full", "/@hana/followers/", "lena")
    ),
    *entry(
        "following", ("empty", "/@bert/following/", "nora"), ("full", "/@lena/following/", "lena")
    ),
]

NOTIFICATIONS = [
    *entry("notifications", ("empty", "/notifications/", "lena"), world="nobody"),
    *entry(
        "notifications",
        # Before the whole page, which reads them all once it is open.
        ("full-people", "/notifications/?show=people", "lena"),
        ("full", "/notifications/", "lena"),
    ),
    *entry(
        "settings-notifications",
        ("full", "/settings/notifications/", "lena"),
        ("refused", "/settings/notifications/", "lena", send(quiet_from="")),
    ),
]

SETTINGS = [
    *entry(
        "settings",
        ("empty", "/settings/", "nora"),
        ("full", "/settings/", "hana"),
        ("refused", "/settings/", "lena", send(handle="!")),
    ),
    *entry(
        "settings-picture",
        ("empty", "/settings/picture/", "nora"),
        ("full", "/settings/picture/", "hana"),
        ("refused", "/settings/picture/", "nora", upload_nonsense),
    ),
    *entry("settings-reading", ("full", "/settings/reading/", "lena")),
    *entry("settings-calendar", ("empty", "/settings/calendar/", "nora")),
    *entry("settings-calendar", ("full", "/settings/calendar/", "lena")),
    *entry("settings-people", ("empty", "/settings/people/", "nora")),
    *entry("settings-people", ("full", "/settings/people/", "lena")),
    *entry(
        "email",
        ("empty", "/account/email/", "nora"),
        ("full", "/account/email/", "otto"),
        ("refused", "/account/email/", "lena", send(email="nonsense")),
    ),
    *entry(
        "password",
        ("full", "/account/password/change/", "lena"),
        (
            "refused",
            "/account/password/change/",
            "lena",
            send(oldpassword="wrong", password1="short"),
        ),
    ),
    *entry("password-set", ("full", "/account/password/set/", "nora")),
    *entry("second-factor", ("empty", "/account/2fa/", "nora"), ("full", "/account/2fa/", "lena")),
    *entry(
        "totp",
        ("full", "/account/2fa/totp/activate/", "sami"),
        ("refused", "/account/2fa/totp/activate/", "sami", send(code="000000")),
    ),
    *entry("totp-off", ("full", "/account/2fa/totp/deactivate/", "lena")),
    *entry("recovery-codes", ("full", "/account/2fa/recovery-codes/", "lena")),
    *entry("recovery-codes-new", ("full", "/account/2fa/recovery-codes/generate/", "lena")),
    *entry("passkeys", ("empty", "/account/2fa/webauthn/", "sami")),
    *entry("passkeys", ("full", "/account/2fa/webauthn/", "lena")),
    *entry("passkey-new", ("full", "/account/2fa/webauthn/add/", "sami")),
    *entry("passkey-name", ("full", "/account/2fa/webauthn/keys/{passkey}/edit/", "lena")),
    *entry("passkey-remove", ("full", "/account/2fa/webauthn/keys/{passkey}/remove/", "lena")),
    *entry("sessions", ("full", "/account/sessions/", "lena")),
    *entry("connections", ("empty", "/account/3rdparty/", "sami")),
    *entry("connections", ("full", "/account/3rdparty/", "lena")),
]

DOORS = [
    *entry("sign-in", ("empty", "/account/login/", None), world="empty"),
    *entry(
        "sign-in",
        ("full", "/account/login/", None),
        ("refused", "/account/login/", None, send(login="lena", password="wrong")),
    ),
    *entry(
        "second-step",
        ("full", "/account/login/", None, second_step),
        leads_to="mfa_authenticate",
    ),
    *entry("sign-up", ("empty", "/account/signup/", None), world="empty"),
    *entry(
        "sign-up",
        ("full", "/account/signup/", None),
        ("refused", "/account/signup/", None, send(email="x", username="a", password1="b")),
    ),
    *entry("sign-out", ("full", "/account/logout/", "lena")),
    *entry("reauthenticate", ("full", "/account/reauthenticate/", "lena")),
    *entry("reauthenticate-code", ("full", "/account/2fa/reauthenticate/", "lena")),
    *entry("reauthenticate-key", ("full", "/account/2fa/webauthn/reauthenticate/", "lena")),
    *entry("inactive", ("refused", "/account/inactive/", None)),
    *entry("check-mail", ("full", "/account/confirm-email/", None)),
    *entry(
        "confirm-email",
        ("full", "/account/confirm-email/{email_key}/", None),
        ("refused", "/account/confirm-email/nonsense/", None),
    ),
    *entry(
        "password-forgotten",
        ("full", "/account/password/reset/", None),
        ("refused", "/account/password/reset/", None, send(email="x")),
    ),
    *entry("password-sent", ("full", "/account/password/reset/done/", None)),
    *entry(
        "password-new",
        ("full", "/account/password/reset/key/{reset_key}/", None),
        ("refused", "/account/password/reset/key/1-nonsense/", None),
    ),
    *entry("password-done", ("full", "/account/password/reset/key/done/", None)),
    *entry("provider-cancelled", ("refused", "/account/3rdparty/login/cancelled/", None)),
    *entry("provider-error", ("refused", "/account/3rdparty/login/error/", None)),
]

INSTANCE = [
    *entry("terms", ("full", "/terms/", None)),
    *entry("privacy", ("full", "/privacy/", None)),
    *entry("offline", ("full", "/offline/", None)),
    *entry(
        "mail-stop",
        ("full", "/mail/stop/{mail_stop}/", None),
        ("refused", "/mail/stop/nonsense/", None),
        ("full-done", "/mail/stop/{mail_stop}/", None, press_button),
    ),
    *entry("mailbox", ("full", "/mailbox/", None), ("refused", "/mailbox/none.log/", None)),
    *entry("message", ("full", f"/mailbox/{MAIL}/", None)),
]

# Pages that only an accident shows: drawn as the server would, at an address that has no page.
ACCIDENTS = [
    Shot(page="error-403", state="refused", address="/accident/", template="403.html"),
    Shot(page="error-404", state="refused", address="/there-is-no-such-page/"),
    Shot(page="error-404", state="refused-own", address="/@nobody_at_all", who="lena"),
    Shot(page="error-429", state="refused", address="/accident/", template="429.html"),
    Shot(page="error-500", state="refused", address="/accident/", template="500.html"),
    Shot(page="error-503", state="refused", address="/accident/", template="503.html"),
    Shot(page="error-form", state="refused", address="/accident/", template="errors/csrf.html"),
]

# From right to left, and with German's long words.
TRANSLATED = [
    *(
        Shot(page=page, state="full", address=address, who=who, act=act, language=language)
        for language in ("ar", "de")
        for page, address, who, act in (
            ("home", "/", "lena", None),
            ("search", "/search/?q=adolph", "lena", None),
            ("room", space(FULL_STAGE), "lena", come_in),
            ("scheduled", space(SCHEDULED), "lena", None),
            ("start", "/spaces/start/", "otto", None),
            ("profile", "/@hana", "lena", None),
            ("ended", space(ENDED), "lena", None),
            ("analytics", f"{space(ENDED)}analytics/", "hana", None),
            ("settings", "/settings/", "lena", None),
            ("notifications", "/notifications/?show=people", "lena", None),
            ("settings-notifications", "/settings/notifications/", "lena", None),
            ("sign-up", "/account/signup/", None, None),
        )
    ),
    # As many controls as anybody has, in the longest words.
    *(
        Shot(page="room", state=state, address=address, who="sami", act=come_in, language="de")
        for state, address in (("full-speaker", space(LIVE)), ("full-acting", space(ACTED_FOR)))
    ),
]

SHOTS = [
    *LISTS,
    *SPACES,
    *PROFILES,
    *NOTIFICATIONS,
    *SETTINGS,
    *DOORS,
    *INSTANCE,
    *ACCIDENTS,
    *TRANSLATED,
]

# Names of addresses that answer a GET, and yet are no page to look at.
NO_PAGE = {
    "spaces:people": "a part of the room, which its script puts there",
    "spaces:coming-up": "a part of home and topics, which their script puts there",
    "ticketing:checkout-back": "leads on from Stripe, and shows nothing itself",
    "accounts:picture": "a picture",
    "accounts:push-state": "data for the settings' script",
    "brand-css": "a stylesheet",
    "instance-logo": "a picture",
    "spaces:space-qr": "a picture",
    "spaces:space-calendar": "a file for calendar programs",
    "spaces:host-calendar": "a file for calendar programs",
    "spaces:person-calendar": "a file for calendar programs",
    "spaces:space-minutes": "a table for spreadsheets",
    "spaces:comments": "data for the room's script",
    "manifest": "JSON for the browser",
    "service-worker": "a script",
    "set-language": "a button of the footer; it answers POST only",
    "account_confirm_login_code": "signing in by a code is off",
    "mfa_download_recovery_codes": "a text file",
    "mfa_login_webauthn": "JSON for the sign-in page's script",
    "openid_connect_login": "leads to the provider",
    "openid_connect_callback": "leads back from the provider",
    "account/oidc/<provider_id>/login/": "ours in its place",
    "account/oidc/<provider_id>/login/callback/": "ours in its place",
    "socialaccount_signup": "only between the provider's answer and the first visit: test_openid",
}
