"""One's picture: sent, shown everywhere, replaced, removed."""

import io

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from accounts import actions, pictures
from accounts.models import User

pytestmark = pytest.mark.django_db

SETTINGS = reverse("accounts:settings-picture")
REMOVE = reverse("accounts:picture-remove")


@pytest.fixture(autouse=True)
def uploads(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def image_file(colour="teal"):
    content = io.BytesIO()
    Image.new("RGB", (200, 100), colour).save(content, "PNG")
    content.seek(0)
    return content


@pytest.fixture
def pictured(sami):
    return actions.set_picture(actor=sami, upload=image_file())


def address(name, size_px=96):
    return reverse("accounts:picture", args=[name, size_px])


def test_sent_picture_is_theirs(client, sami):
    client.force_login(sami)

    response = client.post(SETTINGS, {"picture": image_file()}, follow=True)

    sami.refresh_from_db()
    assert address(sami.picture) in response.content.decode()
    assert "This is your picture now." in response.content.decode()


def test_picture_stands_over_the_initials(client, pictured):
    content = client.get(pictured.get_absolute_url()).content.decode()

    assert f'src="{address(pictured.picture)}"' in content
    assert f"{address(pictured.picture, 384)} 384w" in content
    assert ">S</span>" in content


def test_person_without_a_picture_has_initials_alone(client, sami):
    assert "<img" not in client.get(sami.get_absolute_url()).content.decode()


@pytest.mark.parametrize("size_px", pictures.SIZES_PX)
def test_picture_is_served_for_good(client, pictured, size_px):
    response = client.get(address(pictured.picture, size_px))

    assert Image.open(io.BytesIO(response.content)).size == (size_px, size_px)
    assert response["Content-Type"] == "image/webp"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "immutable" in response["Cache-Control"]


@pytest.mark.parametrize(
    "path",
    [
        f"/pictures/{'0' * 32}-96.webp",
        f"/pictures/{'0' * 32}-97.webp",
        f"/pictures/{'0' * 32}-96.png",
        "/pictures/../../etc/passwd",
        "/pictures/%2e%2e%2f-96.webp",
    ],
)
def test_no_other_name_is_served(client, path):
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    ("upload", "sentence"),
    [
        (None, "Choose a picture first."),
        (SimpleUploadedFile("empty.png", b""), "The submitted file is empty."),
        (SimpleUploadedFile("face.png", b"no picture"), "This is no picture"),
        (SimpleUploadedFile("heavy.png", bytes(pictures.MAX_BYTES + 1)), "larger than 8 MB"),
    ],
    ids=["none", "empty", "text", "heavy"],
)
def test_what_is_no_picture_gets_a_sentence_and_changes_nothing(client, pictured, upload, sentence):
    client.force_login(pictured)

    response = client.post(SETTINGS, {"picture": upload} if upload else {})

    assert sentence in response.content.decode()
    assert User.objects.get(pk=pictured.pk).picture == pictured.picture


def test_name_of_the_file_does_not_matter(client, sami):
    client.force_login(sami)

    client.post(SETTINGS, {"picture": SimpleUploadedFile("../x.exe", image_file().read())})

    sami.refresh_from_db()
    assert default_storage.listdir("pictures")[1]
    assert sami.picture


def test_files_of_the_old_picture_go_after_the_change(pictured, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        fresh = actions.set_picture(actor=pictured, upload=image_file("red"))

    names = sorted(default_storage.listdir("pictures")[1])
    assert names == sorted(f"{fresh.picture}-{size_px}.webp" for size_px in pictures.SIZES_PX)


def test_removed_picture_leaves_nothing(client, pictured, django_capture_on_commit_callbacks):
    client.force_login(pictured)

    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(2):
            client.post(REMOVE)

    pictured.refresh_from_db()
    assert pictured.picture == ""
    assert default_storage.listdir("pictures")[1] == []


def test_failed_change_keeps_the_old_files(pictured, monkeypatch):
    def fail(*arguments, **options):
        raise OSError("disk full")

    monkeypatch.setattr(pictures.default_storage, "save", fail)

    with pytest.raises(OSError, match="disk full"):
        actions.set_picture(actor=pictured, upload=image_file("red"))

    assert pictures.read(pictured.picture, 96)
