"""What a home screen and a lost network want."""

import json
import re

import pytest
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.test import Client
from PIL import Image

from config import env, worker

pytestmark = pytest.mark.django_db


def manifest(client, **headers):
    response = client.get("/manifest.webmanifest", headers=headers)
    assert response.headers["Content-Type"] == "application/manifest+json"
    return json.loads(response.content)


def file_of(url):
    return finders.find(url.removeprefix("/static/"))


def test_page_names_the_manifest_and_its_icons(client):
    page = client.get("/").content.decode()

    assert '<link rel="manifest" href="/manifest.webmanifest"' in page
    assert Image.open(file_of(re.search(r'apple-touch-icon" href="([^"]+)"', page)[1])).size == (
        180,
        180,
    )


def test_icons_have_the_sizes_they_claim(client):
    for icon in manifest(client)["icons"]:
        image = Image.open(file_of(icon["src"]))
        assert f"{image.width}x{image.height}" == icon["sizes"]


def test_maskable_icon_has_no_corners_to_cut(client):
    icons = {icon["purpose"]: icon["src"] for icon in manifest(client)["icons"]}

    corner = Image.open(file_of(icons["maskable"])).convert("RGBA").getpixel((0, 0))

    assert corner == (11, 42, 50, 255)


def test_app_opens_alone_and_at_home(client):
    found = manifest(client)

    assert (found["display"], found["start_url"], found["scope"]) == ("standalone", "/", "/")


@pytest.mark.parametrize(("language", "direction"), [("en", "ltr"), ("ar", "rtl")])
def test_app_is_called_in_the_readers_direction(client, language, direction):
    found = manifest(client, **{"Accept-Language": language})

    assert (found["lang"], found["dir"]) == (language, direction)


def test_worker_may_answer_for_the_whole_site_and_is_looked_for_anew(client):
    response = client.get("/service-worker.js")

    assert response.headers["Content-Type"] == "text/javascript"
    assert response.headers["Cache-Control"] == "no-cache"
    assert response.content.decode().startswith("const KEPT = {")


def kept_by(script):
    return json.loads(re.match(r"const KEPT = (.*);\n", script)[1])


def kept(client):
    return kept_by(client.get("/service-worker.js").content.decode())


def test_worker_keeps_what_the_offline_page_loads():
    page = render_to_string("config/offline.html")
    loaded = set(re.findall(r'(?:href|src)="(/static/[^"#]+)"', page))

    assert loaded - set(kept_by(worker.script())["files"]) == set()


def test_every_file_that_the_worker_keeps_is_there(client):
    assert [path for path in kept(client)["files"] if file_of(path) is None] == []


def test_worker_changes_with_the_page_it_keeps(client, monkeypatch):
    before = kept(client)["version"]
    monkeypatch.setattr(worker, "render_to_string", lambda template: "another page")

    assert kept(client)["version"] != before


def test_offline_page_tells_nobody_who_read_it_last(client, lena):
    client.force_login(lena)

    assert client.get("/offline/").content == Client().get("/offline/").content


@pytest.mark.parametrize("directive", ["manifest-src 'self'", "worker-src 'self'"])
def test_policy_lets_both_in(client, directive):
    assert directive in client.get("/").headers["Content-Security-Policy"]


def test_favicon_has_a_form_for_when_it_is_live(client):
    link = re.search(r"<link rel=\"icon\"[^>]+data-icon[^>]+>", client.get("/").content.decode())[0]

    assert file_of(re.search(r'data-live-href="([^"]+)"', link)[1])
    assert (env.BASE_DIR / "static/img/favicon_live.svg").read_text() != (
        env.BASE_DIR / "static/img/favicon.svg"
    ).read_text()
