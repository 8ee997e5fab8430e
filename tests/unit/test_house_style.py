"""The rules of the house that a machine can hold."""

import ast
import inspect
import re

import pytest
from django.conf import settings
from django.core.management import call_command
from django.template.loader import get_template
from django.test import override_settings
from django.urls import URLPattern

import accounts.urls
import spaces.urls
import ticketing.urls
from config import env
from spaces import events
from spaces.live.fragments import FRAGMENTS

ROOT = env.BASE_DIR
APPS = ("accounts", "spaces", "ticketing")


def python_files(*folders):
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def names(paths):
    return [str(path.relative_to(ROOT)) for path in paths]


def imports(path):
    """Absolute names of modules that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


# --- Python ---


def test_only_actions_publish():
    publishing = re.compile(
        r"\bevents\.(publish|close_sockets)\b|\bnews\.tell_people\b"
        r"|from \S*events import .*(publish|close_sockets)"
    )
    found = [path for path in python_files(*APPS, "config") if publishing.search(path.read_text())]

    # actions.py of an app, or its package of that name.
    assert {path.relative_to(ROOT).with_suffix("").parts[1] for path in found} == {"actions"}


def test_topics_of_a_space_are_set_where_search_hears_of_it():
    sets = re.compile(r"\.topics\.(add|clear|remove|set)\(")
    found = [path for path in python_files(*APPS) if sets.search(path.read_text())]

    assert names(found) == ["spaces/models/space.py"]


def test_receivers_are_connected_in_the_app_config_only():
    decorated = [path for path in python_files(*APPS, "config") if "@receiver" in path.read_text()]

    assert names(decorated) == []


@pytest.mark.parametrize(
    ("app", "others"), [("accounts", {"spaces", "ticketing"}), ("spaces", {"ticketing"})]
)
def test_imports_go_one_way(app, others):
    # Whether somebody has paid is the one question to ticketing that others may ask.
    wrong = [
        (path.name, module)
        for path in python_files(app)
        for module in imports(path)
        if module.split(".")[0] in others and not module.startswith("ticketing.access")
    ]

    assert wrong == []


def test_only_the_gateway_imports_stripe():
    # The stand-in knows parameters by the types of the package, and calls nobody.
    importing = {
        path
        for path in python_files(*APPS, "config")
        if path.parent != ROOT / "ticketing/standin"
        for module in imports(path)
        if module.split(".")[0] == "stripe"
    }

    assert names(importing) == ["ticketing/stripe_gateway.py"]


def test_only_env_reads_the_environment_for_settings():
    # What starts other programs hands its own environment on to them.
    starters = {ROOT / "config/env.py", ROOT / "config/serve.py"}
    reads = re.compile(r'os\.(environ(?!\.setdefault\("DJANGO_SETTINGS_MODULE")|getenv)')
    found = [
        path
        for path in python_files(*APPS, "config")
        if reads.search(path.read_text())
        and path not in starters
        and path.parent != ROOT / "config/embedded"
    ]

    assert names(found) == []


DATABASE_FIXTURES = {
    *("db", "transactional_db", "django_db_setup", "django_db_blocker", "services", "redis_server"),
    *("hana", "sami", "lena", "otto", "space", "speaker", "listener", "speak_request"),
    *("client", "admin_client", "async_client"),
}


def test_unit_tests_never_ask_for_the_database():
    def asks(node):
        if isinstance(node, ast.Attribute):
            return node.attr == "django_db"
        return isinstance(node, ast.arg) and node.arg in DATABASE_FIXTURES

    asking = {
        path
        for path in python_files("tests/unit")
        for node in ast.walk(ast.parse(path.read_text()))
        if asks(node)
    }

    assert names(asking) == []


# --- Views and templates ---


def views(patterns, app):
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            yield pytest.param(pattern, id=f"{app}:{pattern.name}")
        else:
            yield from views(pattern.url_patterns, app)


VIEWS = [
    *views(accounts.urls.urlpatterns, "accounts"),
    *views(spaces.urls.urlpatterns, "spaces"),
    *views(ticketing.urls.urlpatterns, "ticketing"),
]


@pytest.mark.parametrize("pattern", VIEWS)
def test_view_renders_the_template_of_its_name(pattern):
    source = inspect.getsource(inspect.unwrap(pattern.callback))
    rendered = re.findall(r'render\(\s*request,\s*"([^"]+)"', source)
    pages = [name for name in rendered if not name.rpartition("/")[2].startswith("_")]

    app = pattern.callback.__module__.partition(".")[0]
    assert set(pages) <= {f"{app}/{pattern.name.replace('-', '_')}.html"}
    for name in rendered:
        get_template(name)


@pytest.mark.parametrize("pattern", VIEWS)
def test_view_says_which_methods_it_takes(pattern):
    source = inspect.getsource(inspect.unwrap(pattern.callback))

    assert re.search(r"^\s*@require_(POST|safe|http_methods)", source, re.MULTILINE)


TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
every_template = pytest.mark.parametrize("path", TEMPLATES, ids=names(TEMPLATES))


@every_template
def test_template_has_no_inline_style_or_handler(path):
    """The content security policy would silently drop them. Letters have none, and need theirs."""
    if path.parent.name == "email":
        return
    assert re.findall(r"\s(?:style|on[a-z]+)\s*=\s*[\"'{]", path.read_text()) == []


@every_template
def test_template_has_no_inline_script(path):
    tags = re.findall(r"<script\b[^>]*>", path.read_text())

    assert [tag for tag in tags if " src=" not in tag] == []


@every_template
def test_part_says_what_it_takes(path):
    if path.name.startswith("_") and "{% extends" not in path.read_text():
        assert path.read_text().startswith("{% comment %}")


# --- Events ---


def handled_in_scripts():
    """Names of events in the `handlers` objects of the pages' scripts."""
    found = set()
    for path in (ROOT / "static/js").rglob("*.js"):
        for body in re.findall(r"const handlers = \{\n(.*?)\n  \};", path.read_text(), re.DOTALL):
            found |= set(re.findall(r'^    "?([a-z_.]+)"?[:(]', body, re.MULTILINE))
    return found


@pytest.mark.parametrize("event", events.Event.__subclasses__(), ids=lambda event: event.name)
def test_event_names_a_fragment_or_is_handled(event):
    assert set(event.fragments) <= set(FRAGMENTS)
    assert event.fragments or event.changes_home or event.name in handled_in_scripts()


@pytest.mark.parametrize("fragment", FRAGMENTS)
def test_fragment_has_its_template_with_its_own_id(fragment):
    source = (ROOT / f"templates/spaces/_{fragment}.html").read_text()

    assert f'id="{fragment}"' in source


def test_handlers_of_state_events_name_events_that_exist():
    stateful = {name for name in handled_in_scripts() if name in events.BY_NAME}

    assert stateful >= {"space.ended", "participant.role_changed", "request.changed"}


@pytest.mark.parametrize("event", events.Event.__subclasses__(), ids=lambda event: event.name)
def test_event_is_noun_and_past(event):
    noun, _, past = event.name.partition(".")

    assert noun in {"space", "participant", "request", "queue", "invitation", "pins"}
    assert past.endswith("ed")


# --- Scripts ---

SCRIPTS = sorted((ROOT / "static/js").rglob("*.js"))
every_script = pytest.mark.parametrize("path", SCRIPTS, ids=names(SCRIPTS))
IMPORT = re.compile(
    r"""^(?:import\s*(?:[^;'"()]*?[\s}]from\s*)?|export\s*(?:\*|\{)[^;'"()]*?[\s}]from\s*)"""
    r"""["']([^"']+)["'](;?)""",
    re.MULTILINE,
)


@every_script
def test_script_imports_by_relative_path_and_with_semicolon(path):
    """Hashing skips an import without one: the browser would load that module twice."""
    for target, semicolon in IMPORT.findall(path.read_text()):
        assert target.startswith(("./", "../"))
        assert (path.parent / target).is_file()
        assert semicolon
    assert "import(" not in path.read_text()


@every_script
def test_no_template_literal_holds_another(path):
    """The minifier takes the inner one's backtick for the end, and then blanks for its own."""
    assert not re.search(r"`[^`]*\$\{[^}`]*`", path.read_text())


@pytest.fixture(scope="module")
def collected(tmp_path_factory):
    """Static files as production has them, under hashed names."""
    root = tmp_path_factory.mktemp("static")
    storages = settings.STORAGES | {"staticfiles": {"BACKEND": "config.storage.StaticFilesStorage"}}
    with override_settings(STATIC_ROOT=root, STORAGES=storages):
        call_command("collectstatic", interactive=False, verbosity=0)
    return root


HASHED = re.compile(r"\.[0-9a-f]{12}\.js$")


def test_hashed_scripts_import_hashed_scripts_only(collected):
    hashed = [path for path in (collected / "js").rglob("*.js") if HASHED.search(path.name)]
    # Minified, they stand in one line.
    targets = [
        (path.name, target)
        for path in hashed
        for target, _ in IMPORT.findall(path.read_text().replace(";", ";\n"))
    ]

    assert len(hashed) == len(SCRIPTS)
    assert targets
    assert [pair for pair in targets if not HASHED.search(pair[1])] == []


def test_hashed_imports_lead_to_files(collected):
    for path in (collected / "js").rglob("*.js"):
        for target, _ in IMPORT.findall(path.read_text()):
            assert (path.parent / target).is_file()
