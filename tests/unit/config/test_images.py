"""Uploaded pictures: read by content, upright, and nothing but pixels."""

import io
import struct
import zlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from config.images import BadImage, reencode

ORIENTATION, LATITUDE_REF, GPS = 0x0112, 1, 0x8825


def picture(kind="PNG", size=(4, 2), colour="red", **options) -> io.BytesIO:
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, kind, **options)
    file.seek(0)
    return file


def read(file, *, max_bytes=1_000_000, max_pixels=1_000_000, **options):
    return reencode(file, max_bytes=max_bytes, max_pixels=max_pixels, **options)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "AVIF"])
def test_picture_is_read_whatever_it_is_called(kind):
    assert read(picture(kind)).size == (4, 2)


def test_transparency_is_kept():
    file = io.BytesIO()
    Image.new("RGBA", (1, 1), (9, 9, 9, 40)).save(file, "PNG")
    file.seek(0)

    assert read(file).getpixel((0, 0)) == (9, 9, 9, 40)


def test_picture_stands_upright_as_its_camera_says():
    exif = Image.Exif()
    exif[ORIENTATION] = 6

    assert read(picture("JPEG", exif=exif)).size == (2, 4)


def test_metadata_is_gone():
    exif = Image.Exif()
    exif.get_ifd(GPS)[LATITUDE_REF] = "N"
    clean = read(picture("JPEG", exif=exif, comment=b"mine", icc_profile=b"profile"))
    saved = io.BytesIO()

    clean.save(saved, "WEBP")

    assert (clean.info, dict(Image.open(saved).getexif())) == ({}, {})
    assert b"EXIF" not in saved.getvalue()
    assert b"ICCP" not in saved.getvalue()


def test_large_file_is_refused():
    with pytest.raises(BadImage, match="larger than 1 MB"):
        read(io.BytesIO(b"x" * (1024**2 + 1)), max_bytes=1024**2)


@pytest.mark.parametrize("side", [1_001, 60_000])
def test_bomb_is_refused_before_it_is_unpacked(side):
    def chunk(kind, body):
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"not even packed")

    with pytest.raises(BadImage, match="more than 1 megapixels"):
        read(io.BytesIO(bomb))


def test_format_that_is_not_asked_for_is_refused():
    with pytest.raises(BadImage, match="no picture"):
        read(picture("GIF"), formats=("PNG",))


@pytest.mark.parametrize("content", [b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a"])
def test_other_file_is_refused(content):
    with pytest.raises(BadImage, match="no picture"):
        read(io.BytesIO(content))


WHOLE = picture("JPEG", size=(40, 30)).getvalue()


@given(cut=st.integers(0, len(WHOLE) - 3))
def test_cut_file_is_refused(cut):
    with pytest.raises(BadImage):
        read(io.BytesIO(WHOLE[:cut]))


@given(place=st.integers(0, len(WHOLE) - 1), byte=st.integers(0, 255))
def test_damaged_file_is_a_picture_or_refused(place, byte):
    damaged = WHOLE[:place] + bytes([byte]) + WHOLE[place + 1 :]

    with suppress(BadImage):
        assert read(io.BytesIO(damaged)).mode in {"RGB", "RGBA"}
