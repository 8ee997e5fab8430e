"""The pages that people see: the hosted checkout, onboarding, the dashboard of a host."""

from urllib.parse import parse_qsl

from ..api import Answer, Request
from ..world import World
from . import checkout, onboarding
from .layout import link, page, section

_SHOWN = {
    "c/pay": checkout.show,
    "c/authenticate": checkout.ask,
    "setup": onboarding.show,
    "express": onboarding.dashboard,
}
_POSTED = {
    "c/pay": checkout.pay,
    "c/authenticate": checkout.answer_bank,
    "setup": onboarding.choose,
}


def answer(world: World, request: Request) -> Answer:
    folder, _, name = request.path.strip("/").rpartition("/")
    if request.method == "POST" and (posted := _POSTED.get(folder)):
        text = request.body.decode(errors="replace")
        return posted(world, name, dict(parse_qsl(text, keep_blank_values=True)))
    if request.method == "GET" and (show := _SHOWN.get(folder)):
        return show(world, name)
    if request.path == "/":
        words = "<p>This stands in for Stripe, for demos and tests on this machine.</p>"
        return page("Test payments", section(words + link("/_standin/", "To the desk")))
    return page("There is nothing here", section("<p>The address is wrong.</p>"), status=404)
