"""Static files under hashed names, small on their way, the imports between modules included."""

import re
from collections.abc import Callable
from typing import Any

from django.core.files.base import ContentFile
from rcssmin import cssmin
from rjsmin import jsmin
from whitenoise.storage import CompressedManifestStaticFilesStorage

HASHED = re.compile(r"\.[0-9a-f]{12}\.(js|css)\Z")
MINIFIERS: dict[str, Callable[[str], str]] = {"js": jsmin, "css": cssmin}


class StaticFilesStorage(CompressedManifestStaticFilesStorage):
    # Off by default; without it a page would load a module once hashed and once not: two sockets.
    support_js_module_import_aggregation = True
    # A level of imports each, at worst: the room's modules are more than Django's five levels deep.
    max_post_process_passes = 10

    def _save(self, name: str, content: Any) -> str:
        """Without comments and blanks, once names in it are hashed: those are found by lines."""
        if hashed := HASHED.search(name):
            content.seek(0)
            text = MINIFIERS[hashed[1]](content.read().decode())
            content = ContentFile(text.encode())
        return super()._save(name, content)
