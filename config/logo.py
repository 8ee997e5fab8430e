"""The operator's logo: one file, under a name that is used once and tells its size."""

import io
import re
import secrets

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image

# Three times the size it is drawn in.
MAX_SIZE_PX = (384, 96)
MAX_BYTES = 4 * 1024**2
MAX_PIXELS = 20_000_000
FORMATS = ("JPEG", "PNG", "WEBP")

_NAME = re.compile(r"[0-9a-f]{32}-(\d+)x(\d+)\.webp")


def store(image: Image.Image) -> str:
    """Write the file; returns the name for `Instance.logo`."""
    image.thumbnail(MAX_SIZE_PX, Image.Resampling.LANCZOS)
    content = io.BytesIO()
    image.save(content, "WEBP", lossless=True)
    name = f"{secrets.token_hex(16)}-{image.width}x{image.height}.webp"
    default_storage.save(_path(name), ContentFile(content.getvalue()))
    return name


def size(name: str) -> tuple[int, int]:
    """Width and height in pixels."""
    found = _NAME.fullmatch(name)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def read(name: str) -> bytes:
    """Raises: FileNotFoundError"""
    with default_storage.open(_path(name)) as file:
        return file.read()


def delete(name: str) -> None:
    """Repeat: harmless."""
    default_storage.delete(_path(name))


def _path(name: str) -> str:
    return f"logo/{name}"
