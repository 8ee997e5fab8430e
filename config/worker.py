"""The service worker as it is served: what it keeps and knows, and its script."""

import hashlib
import json
from functools import cache

from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse

from . import env, instance

_SCRIPT = env.BASE_DIR / "static" / "js" / "service_worker.js"
# What templates/config/offline.html loads, and what its style loads.
_FILES = (
    "css/tokens.css",
    "css/base.css",
    "css/components/button.css",
    "css/components/half_round.css",
    "css/pages/error.css",
    "css/fonts/bricolage-grotesque-latin-wght-normal.woff2",
    "css/fonts/atkinson-hyperlegible-next-latin-wght-normal.woff2",
    "img/favicon.svg",
    "js/pages/away.js",
)


def script() -> str:
    """Its text changes with the page it keeps, language included: browsers then keep that one."""
    page = render_to_string("config/offline.html")
    kept = {
        "version": hashlib.sha256((page + _source()).encode()).hexdigest()[:12],
        "page": reverse("offline"),
        "files": [static(path) for path in _FILES],
        "name": instance.current().name,
        "icon": static("img/app_icon_192.png"),
        "badge": static("img/badge.png"),
    }
    return f"const KEPT = {json.dumps(kept)};\n{_source()}"


@cache
def _source() -> str:
    return _SCRIPT.read_text(encoding="utf-8")
