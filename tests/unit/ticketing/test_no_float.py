"""No float touches money: what the syntax tree of the app shows."""

import ast

import pytest
from django.conf import settings

FILES = sorted((settings.BASE_DIR / "ticketing").rglob("*.py"))
NAMES = {"float", "round", "Decimal", "FloatField", "DecimalField", "truediv", "fsum"}
# Cents by hand: what a currency's decimals are for (money.plain, money.parse).
BY_HAND = {100, 1000}


# Seconds, and what fractions of a minor unit are refused by.
ALLOWED = {
    "ticketing/standin/delivery.py": {"0.25"},
    "ticketing/standin/faults.py": {"float"},
    "ticketing/standin/nouns/catalogue.py": {"Decimal"},
    "ticketing/standin/server.py": {"float", "0.01", "0.05"},
    "ticketing/stripe_gateway.py": {"float"},
}


def is_text(node):
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def divides(node):
    """A path is joined by the same sign: one side of it is text, as it never is of a division."""
    return isinstance(node.op, ast.Div) and not any(
        is_text(getattr(node, side, None)) for side in ("left", "right", "value")
    )


def is_by_hand(node):
    if not isinstance(node.op, ast.Mult) or not isinstance(node, ast.BinOp):
        return False
    sides = (node.left, node.right)
    return any(isinstance(side, ast.Constant) and side.value in BY_HAND for side in sides)


def floats(source):
    """Line and what is wrong there."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, float | complex):
            yield node.lineno, f"{node.value}"
        elif isinstance(node, ast.BinOp | ast.AugAssign) and (divides(node) or is_by_hand(node)):
            yield node.lineno, type(node.op).__name__
        elif isinstance(node, ast.Name) and node.id in NAMES:
            yield node.lineno, node.id
        elif isinstance(node, ast.Attribute) and node.attr in NAMES:
            yield node.lineno, node.attr


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(settings.BASE_DIR)))
def test_no_float_is_in_ticketing(path):
    found = {what for _line, what in floats(path.read_text())}

    assert found == ALLOWED.get(str(path.relative_to(settings.BASE_DIR)), set())


@pytest.mark.parametrize(
    "source",
    [
        "fee = amount * 0.03",
        "fee = amount / 3",
        "amount /= 3",
        "fee = float(amount)",
        "fee = round(amount)",
        "fee = Decimal(amount)",
        "fee = decimal.Decimal(1)",
        "fee = models.FloatField()",
        "fee = operator.truediv(amount, 3)",
        "fee = sum(map(float, amounts))",
        "cents = units * 100",
        "cents = 100 * units",
        "wait(1e3)",
    ],
)
def test_float_would_be_found(source):
    assert list(floats(source))


@pytest.mark.parametrize(
    "source", ["cents // 3", "folder / 'file'", "folder / f'{name}.json'", "7"]
)
def test_whole_numbers_and_paths_are_not(source):
    assert list(floats(source)) == []
