"""Pictures from outside: read by content, not by name; nothing but their pixels is kept."""

import io
from typing import IO

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")


class BadImage(ValidationError):
    """No picture, or none that we take; the message says which."""


def reencode(
    upload: IO[bytes], *, max_bytes: int, max_pixels: int, formats: tuple[str, ...] = FORMATS
) -> Image.Image:
    """The upright picture in RGB or RGBA, the first of a moving one, without metadata.

    Raises: BadImage for anything else, before a bomb is unpacked.
    """
    content = upload.read(max_bytes + 1)
    if len(content) > max_bytes:
        size = max_bytes // 1024**2
        raise BadImage(
            _("This file is larger than %(size)d MB. Choose a smaller one.") % {"size": size}
        )
    too_many_pixels = BadImage(
        _("This picture has more than %(count)d megapixels. Make it smaller first.")
        % {"count": max_pixels // 1_000_000}
    )
    try:
        opened = Image.open(io.BytesIO(content), formats=formats)
        if opened.width * opened.height > max_pixels:
            raise too_many_pixels
        upright = ImageOps.exif_transpose(opened)
        clean = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    except BadImage:
        raise
    except Image.DecompressionBombError as error:
        raise too_many_pixels from error
    # Decoders meet broken files with whatever error they stumble upon.
    except Exception as error:
        raise BadImage(_("This is no picture that can be read here. Try a JPEG or PNG.")) from error
    clean.info.clear()
    return clean
