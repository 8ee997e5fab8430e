"""Pictures of people: square, in two sizes, under a name that is used once."""

import io
import secrets
from typing import IO

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image, ImageOps

from config import images

# Twice the 48 px of a row, and enough for the head of a profile on any screen.
SIZES_PX = (96, 384)
MAX_BYTES = 8 * 1024**2
MAX_PIXELS = 40_000_000


def store(upload: IO[bytes]) -> str:
    """Write the files; returns the name for `User.picture`.

    A name by chance, not by content: no two rows ever share files, so that they go with their row
    and browsers keep them for good.
    Raises: config.images.BadImage
    """
    image = images.reencode(upload, max_bytes=MAX_BYTES, max_pixels=MAX_PIXELS)
    name = secrets.token_hex(16)
    for size_px in SIZES_PX:
        content = io.BytesIO()
        _square(image, size_px).save(content, "WEBP", quality=82, method=6)
        default_storage.save(path(name, size_px), ContentFile(content.getvalue()))
    return name


def _square(image: Image.Image, size_px: int) -> Image.Image:
    """The middle of it, on white where it is transparent."""
    square = ImageOps.fit(image, (size_px, size_px), Image.Resampling.LANCZOS)
    if square.mode != "RGBA":
        return square
    paper = Image.new("RGB", square.size, "white")
    paper.paste(square, mask=square)
    return paper


def read(name: str, size_px: int) -> bytes:
    """Raises: FileNotFoundError"""
    with default_storage.open(path(name, size_px)) as file:
        return file.read()


def delete(name: str) -> None:
    for size_px in SIZES_PX:
        default_storage.delete(path(name, size_px))


def path(name: str, size_px: int) -> str:
    return f"pictures/{name}-{size_px}.webp"
