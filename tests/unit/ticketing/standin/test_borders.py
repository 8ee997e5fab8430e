"""The stand-in stands alone: it knows nothing of the app, and the app nothing of it."""

from config import env
from tests.unit.test_house_style import imports, names, python_files

STAND_IN = "ticketing/standin"
COMMAND = "ticketing/management/commands/stripe_standin.py"


def importing(paths, *modules):
    return names(
        path
        for path in paths
        if any(found.startswith(module) for found in imports(path) for module in modules)
    )


def test_only_its_command_imports_the_stand_in():
    outside = [
        path
        for path in python_files("accounts", "config", "spaces", "ticketing")
        if env.BASE_DIR / STAND_IN not in path.parents
    ]

    assert importing(outside, "ticketing.standin") == [COMMAND]


def test_it_imports_nothing_of_the_app_but_config():
    inside = python_files(STAND_IN)

    assert importing(inside, "accounts", "spaces", "ticketing", "django") == []


def test_only_its_parameters_know_the_stripe_package():
    assert importing(python_files(STAND_IN), "stripe") == [f"{STAND_IN}/parameters.py"]
