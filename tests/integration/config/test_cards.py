"""What other sites show of a link to a page, and what search engines may keep."""

from html.parser import HTMLParser

import pytest
from django.contrib.staticfiles import finders
from PIL import Image

pytestmark = pytest.mark.django_db


class Head(HTMLParser):
    """Metas by every name they have, and the canonical address."""

    def __init__(self, page):
        super().__init__()
        self.metas = {}
        self.canonical = None
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        # One colour by day and one by night.
        if tag == "meta" and "media" not in found:
            for name in ("name", "property"):
                if name in found:
                    assert found[name] not in self.metas
                    self.metas[found[name]] = found["content"]
        if tag == "link" and found.get("rel") == "canonical":
            self.canonical = found["href"]


@pytest.fixture
def head(client):
    return lambda path, **options: Head(client.get(path, **options).content.decode())


def test_page_has_the_card_of_the_instance(head):
    metas = head("/").metas

    assert metas["og:site_name"] == "Rostrum"
    assert metas["og:title"]
    assert metas["og:type"] == "website"
    assert metas["og:description"] == metas["description"]
    assert metas["twitter:card"] == "summary_large_image"


def test_picture_of_the_card_is_absolute_and_of_the_size_that_is_wanted(head):
    url = head("/").metas["og:image"]

    assert url.startswith("http://testserver/static/")
    image = Image.open(finders.find(url.removeprefix("http://testserver/static/")))
    assert image.size == (1200, 630)


def test_address_is_that_of_the_page_without_what_was_searched(head):
    found = head("/?page=2&token=secret")

    assert found.canonical == found.metas["og:url"] == "http://testserver/"


def test_profile_has_the_card_of_its_person(head, hana):
    metas = head(hana.get_absolute_url()).metas

    assert (metas["og:type"], metas["profile:username"]) == ("profile", hana.handle)
    assert hana.display_name in metas["og:title"]


def test_space_has_the_card_of_its_title(head, space):
    assert space.title in head(space.get_absolute_url()).metas["og:title"]


@pytest.mark.parametrize("path", ["/account/login/", "/account/signup/", "/no/such/page/"])
def test_door_and_error_are_not_for_search_engines(head, path):
    found = head(path)

    assert found.metas["robots"] == "noindex"
    assert found.canonical is None


def test_settings_are_not_for_search_engines(head, client, lena):
    client.force_login(lena)

    assert head("/account/email/").metas["robots"] == "noindex"


@pytest.mark.parametrize("path", ["/", "/@hana"])
def test_public_page_is_for_search_engines(head, hana, path):
    assert "robots" not in head(path).metas


def test_card_says_nothing_of_the_reader(head, client, hana, lena):
    before = head(hana.get_absolute_url()).metas
    client.force_login(lena)

    after = head(hana.get_absolute_url()).metas

    assert {**after, "csrf-token": ""} == {**before, "csrf-token": ""}


def test_picture_of_a_person_is_the_picture_of_the_card(head, hana):
    hana.picture = "0" * 32
    hana.save(update_fields=["picture"])

    metas = head(hana.get_absolute_url()).metas

    assert metas["og:image"] == f"http://testserver/pictures/{hana.picture}-384.webp"
    assert metas["twitter:card"] == "summary"


def test_card_of_a_space_says_who_hosts_and_whether_it_is_live(head, space):
    description = head(space.get_absolute_url()).metas["og:description"]

    assert description == f"Live now, hosted by {space.host.display_name}. Come in and listen."
