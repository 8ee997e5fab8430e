"""What an operator sets in the admin, and where it shows."""

import io

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, OperationalError
from django.urls import reverse
from PIL import Image

from config import checks, logo
from config import instance as instances
from config.models import Instance
from tests.factories import make_user

pytestmark = pytest.mark.django_db
FORM = {"name": "", "motto": "", "accent": "", "contact": "", "terms": "", "privacy": ""}
FORM_URL = "/admin/config/instance/1/change/"


@pytest.fixture(autouse=True)
def real_row(untouched_instance):
    """Read from the database, and not kept from one test to the next."""
    instances.forget()
    yield
    instances.forget()


@pytest.fixture(autouse=True)
def uploads(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def operator(client):
    client.force_login(make_user("greta", is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def save(operator, django_capture_on_commit_callbacks):
    def post(**changes):
        with django_capture_on_commit_callbacks(execute=True):
            return operator.post(FORM_URL, FORM | {"minimum_age": "16"} | changes)

    return post


def picture(kind="PNG", size=(300, 100)):
    content = io.BytesIO()
    Image.new("RGBA" if kind == "PNG" else "RGB", size, "teal").save(content, kind)
    return SimpleUploadedFile("logo.png", content.getvalue())


def test_list_leads_to_the_one_form(operator):
    response = operator.get("/admin/config/instance/", follow=True)

    assert response.redirect_chain == [(FORM_URL, 302)]
    assert response.status_code == 200


@pytest.mark.parametrize("path", ["/admin/config/instance/add/", f"{FORM_URL[:-7]}delete/"])
def test_nothing_is_added_or_deleted(operator, path):
    assert operator.get(path).status_code == 403


def test_second_row_is_refused_by_the_database():
    with pytest.raises(IntegrityError):
        Instance.objects.create(pk=2)


def test_colour_that_is_none_is_refused_by_the_database():
    with pytest.raises(IntegrityError):
        Instance.objects.create(pk=1, accent="red;}")


def test_name_is_on_the_next_page(save, client):
    assert "Rostrum</a>" in client.get("/").content.decode()

    save(name="Harbour Talks")

    assert "Harbour Talks</a>" in client.get("/").content.decode()


def test_change_is_written_down(save):
    save(name="Harbour Talks")

    entry = LogEntry.objects.get()
    assert (entry.object_id, entry.is_change()) == ("1", True)
    assert "Name" in entry.get_change_message()


def test_empty_name_is_that_of_the_environment(save, settings):
    settings.INSTANCE_NAME = "Lighthouse"

    save(name="")

    assert instances.current().name == "Lighthouse"


def test_row_is_read_once_in_a_while(django_assert_num_queries):
    with django_assert_num_queries(1):
        instances.current()
        instances.current()


def test_other_processes_see_a_change_after_a_moment(monkeypatch):
    instances.current()
    Instance.objects.create(pk=1, name="Harbour Talks")
    assert instances.current().name == "Rostrum"

    monkeypatch.setattr(instances, "KEEP_S", 0)

    assert instances.current().name == "Harbour Talks"


def test_last_one_known_is_good_while_the_database_is_away(monkeypatch):
    Instance.objects.create(pk=1, name="Harbour Talks")
    instances.current()
    monkeypatch.setattr(instances, "KEEP_S", 0)
    monkeypatch.setattr(instances, "stored", refuse)

    assert instances.current().name == "Harbour Talks"


def test_defaults_are_good_while_the_database_was_never_there(monkeypatch):
    monkeypatch.setattr(instances, "stored", refuse)

    assert instances.current().name == "Rostrum"


def refuse():
    raise OperationalError("no database")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("accent", "red"),
        ("accent", "#12345g"),
        ("accent", "#123456\n}"),
        ("contact", "javascript:alert(1)"),
        ("contact", "javascript://x/%0aalert(1)"),
        ("contact", "write to us"),
        ("minimum_age", "100"),
        ("minimum_age", "-1"),
        ("name", "x" * 41),
    ],
)
def test_value_that_cannot_be_keeps_what_was_typed(save, field, value):
    response = save(**{"motto": "Sit down.", field: value})

    assert response.status_code == 200
    assert field in response.context["adminform"].form.errors
    assert "Sit down." in response.content.decode()
    assert not Instance.objects.exists()


@pytest.mark.parametrize(
    ("contact", "href"),
    [
        ("desk@talks.example", "mailto:desk@talks.example"),
        ("https://talks.example/desk", "https://talks.example/desk"),
    ],
)
def test_contact_is_linked_in_the_footer(save, client, contact, href):
    save(contact=contact)

    assert f'<a href="{href}">Contact</a>' in client.get("/").content.decode()


# --- Colours ---


def test_accent_is_a_stylesheet_after_the_tokens(save, client):
    save(accent="#E6007E")

    page = client.get("/").content.decode()
    assert page.index("css/tokens.css") < page.index(instances.current().brand_url)
    assert instances.current().brand_url.startswith("/brand/e6007e.css?v=")


def test_page_without_accent_loads_no_stylesheet_for_it(client):
    assert "/brand/" not in client.get("/").content.decode()


def test_stylesheet_is_kept_for_good(client):
    response = client.get("/brand/e6007e.css")

    assert response.headers["Content-Type"] == "text/css"
    assert "--brand: light-dark(" in response.content.decode()
    assert "immutable" in response.headers["Cache-Control"]


@pytest.mark.parametrize("name", ["red", "e6007", "E6007E", "e6007e}"])
def test_stylesheet_of_no_colour_is_none(client, name):
    assert client.get(f"/brand/{name}.css").status_code == 404


def test_form_shows_what_was_derived(save, operator):
    save(accent="#e6007e")

    assert "--brand-tint: #f2d9e7" in operator.get(FORM_URL).content.decode()


def test_check_speaks_of_an_accent_that_cannot_be_read_any_more(monkeypatch):
    Instance.objects.create(pk=1, accent="#e6007e")
    assert checks.accent_can_be_read(databases=["default"]) == []
    grey = checks.brand.house() | {"surface": checks.brand.Shades("#777777", "#777777")}
    monkeypatch.setattr(checks.brand, "house", lambda: grey)

    found = checks.accent_can_be_read(databases=["default"])

    assert [message.id for message in found] == ["rostrum.E009"]


# --- The logo ---


def test_logo_takes_the_place_of_the_mark(save, client):
    save(logo_upload=picture())

    shown = instances.current()
    page = client.get("/").content.decode()
    assert f'<img src="{shown.logo_url}" width="288" height="96" alt="">' in page
    assert client.get(shown.logo_url).headers["Content-Type"] == "image/webp"


def test_logo_goes_when_it_is_taken_back(save, client):
    save(logo_upload=picture())
    url = instances.current().logo_url

    save(remove_logo="on")

    assert instances.current().logo == ""
    assert client.get(url).status_code == 404


def test_logo_stays_when_something_else_changes(save):
    save(logo_upload=picture())

    save(name="Harbour Talks")

    assert instances.current().logo


@pytest.mark.parametrize(
    "upload",
    [
        SimpleUploadedFile("logo.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        SimpleUploadedFile("logo.png", b"\x89PNG\r\n\x1a\n"),
        picture("GIF"),
    ],
    ids=["svg", "cut", "gif"],
)
def test_file_that_is_no_logo_is_refused(save, upload):
    response = save(logo_upload=upload)

    assert "no picture that can be read" in response.content.decode()
    assert not Instance.objects.exists()


@pytest.mark.parametrize("name", ["../../secret", "x.webp", f"{'0' * 32}-3x3.png"])
def test_no_other_file_is_served(client, name):
    assert client.get(f"/logo/{name}").status_code == 404


def test_size_is_told_by_the_name():
    name = logo.store(Image.new("RGB", (1000, 1000)))

    assert logo.size(name) == (96, 96)


# --- The footer ---


def test_language_is_chosen_without_an_account(client):
    page = client.get("/", headers={"Accept-Language": "en"}).content.decode()
    assert 'value="de" lang="de">Deutsch</button>' in page

    response = client.post(reverse("set-language"), {"language": "de", "next": "/"}, follow=True)

    assert '<html lang="de"' in response.content.decode()


def test_languages_are_called_as_their_readers_call_them(client):
    page = client.get("/", headers={"Accept-Language": "ar"}).content.decode()

    assert all(f">{name}</button>" in page for name in ("English", "Deutsch", "العربيّة"))


def test_motto_stands_at_the_door_with_the_terms_below(save, client):
    save(motto="Say it over the water.", terms="Be kind.")
    client.logout()

    page = client.get("/account/login/").content.decode()

    assert "Say it over the water." in page
    assert '<a href="/terms/">Terms</a>' in page


def test_signed_in_reader_finds_the_language_in_the_settings(client, lena):
    client.force_login(lena)

    page = client.get("/").content.decode()

    assert f'<a href="{reverse("accounts:settings-reading")}">' in page
    assert reverse("set-language") not in page
