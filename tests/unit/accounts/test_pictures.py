"""What becomes of an uploaded picture, and what is refused."""

import io
import struct
import zlib
from contextlib import suppress

import pytest
from django.core.files.storage import InMemoryStorage
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from accounts import pictures
from config.images import BadImage


@pytest.fixture(autouse=True)
def storage(monkeypatch):
    memory = InMemoryStorage()
    monkeypatch.setattr(pictures, "default_storage", memory)
    return memory


def encoded(image, kind="PNG", **options):
    content = io.BytesIO()
    image.save(content, kind, **options)
    return content.getvalue()


def stored(content, size_px=96):
    name = pictures.store(io.BytesIO(content))
    return Image.open(io.BytesIO(pictures.read(name, size_px)))


def halves(size, left, right):
    """One colour at the left, another at the right."""
    image = Image.new("RGB", size, left)
    image.paste(right, (size[0] // 2, 0, size[0], size[1]))
    return image


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "GIF"])
@pytest.mark.parametrize("size_px", pictures.SIZES_PX)
def test_picture_of_each_kind_is_a_square_webp(kind, size_px):
    picture = stored(encoded(Image.new("RGB", (300, 200), "teal"), kind), size_px)

    assert (picture.format, picture.size) == ("WEBP", (size_px, size_px))


def test_middle_is_kept():
    wide = Image.new("RGB", (300, 100), "red")
    wide.paste("blue", (100, 0, 200, 100))

    picture = stored(encoded(wide)).convert("RGB")

    corners = [picture.getpixel(at) for at in ((4, 4), (91, 4), (4, 91), (91, 91))]
    assert all(blue > 200 > red for red, _green, blue in corners)


def test_picture_taken_with_a_turned_camera_stands_upright():
    exif = Image.Exif()
    exif[0x0112] = 3  # Orientation: upside down

    picture = stored(encoded(halves((200, 200), "red", "blue"), "JPEG", exif=exif)).convert("RGB")

    red, _green, blue = picture.getpixel((10, 48))
    assert blue > 200 > red


def test_nothing_that_the_file_tells_is_kept():
    exif = Image.Exif()
    exif[0x010F] = "Secret Camera"
    content = encoded(Image.new("RGB", (200, 200)), "JPEG", exif=exif, icc_profile=b"Secret room")

    name = pictures.store(io.BytesIO(content))

    assert all(b"Secret" not in pictures.read(name, size_px) for size_px in pictures.SIZES_PX)


def test_transparent_parts_are_white():
    picture = stored(encoded(Image.new("RGBA", (100, 100), (255, 0, 0, 0))))

    assert min(picture.convert("RGB").getpixel((48, 48))) > 250


def test_each_upload_has_a_name_of_its_own():
    content = encoded(Image.new("RGB", (100, 100)))

    assert pictures.store(io.BytesIO(content)) != pictures.store(io.BytesIO(content))


def test_deleting_leaves_no_file(storage):
    name = pictures.store(io.BytesIO(encoded(Image.new("RGB", (100, 100)))))

    pictures.delete(name)

    assert storage.listdir("pictures") == ([], [])


# --- What people and machines send instead of pictures ---


def bomb(width, height):
    """The head of a PNG that says it is this large."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + head
    return (
        b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    )


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"%PDF-1.7",
        b"GIF89a<script>alert(1)</script>",
        bomb(7_000, 7_000),
        bomb(2**31 - 1, 2**31 - 1),
        bomb(0, 0),
        bytes(pictures.MAX_BYTES + 1),
    ],
    ids=["empty", "svg", "pdf", "polyglot", "large", "bomb", "nothing", "heavy"],
)
def test_anything_else_is_refused(content, storage):
    with pytest.raises(BadImage):
        pictures.store(io.BytesIO(content))

    assert not storage.exists("pictures")


def test_markup_behind_a_picture_is_lost():
    content = encoded(Image.new("RGB", (100, 100)), "GIF") + b"<script>alert(1)</script>"

    name = pictures.store(io.BytesIO(content))

    assert b"script" not in pictures.read(name, 384)


WHOLE = [encoded(halves((40, 30), "red", "blue"), kind) for kind in ("JPEG", "PNG", "WEBP", "GIF")]


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    content=st.one_of(
        st.binary(max_size=200),
        st.tuples(st.sampled_from(WHOLE), st.integers(0, 700)).map(lambda cut: cut[0][: cut[1]]),
        st.tuples(st.sampled_from(WHOLE), st.integers(0, 700), st.binary(max_size=8)).map(
            lambda torn: torn[0][: torn[1]] + torn[2] + torn[0][torn[1] + len(torn[2]) :]
        ),
    )
)
def test_broken_file_is_a_picture_or_a_sentence(content):
    with suppress(BadImage):
        assert stored(content).size == (96, 96)
