"""The half-round, the house seen from above: where its seats are and which of them are taken."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, assert_never

Variant = Literal["card", "lead", "stage", "door", "progress", "progress-small", "empty"]
Seat = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Bowl:
    """Rows of seats along the foot of a stage: parabolas, cut by the edges of the picture."""

    width: int
    height: int
    dot: float
    step: float
    rows: int
    first_y: float
    row_gap: float
    sag: float  # how much higher a row's ends are than its middle

    @property
    def view_box(self) -> str:
        return f"0 0 {self.width} {self.height}"

    def seats(self) -> list[Seat]:
        middle = self.width / 2
        seats = []
        for row in range(self.rows):
            bottom = self.first_y + row * self.row_gap
            # Rows stand on gaps, as in a theatre.
            x = self.step / 2 if row % 2 == 0 else self.step
            while x <= self.width:
                seats.append((x, bottom - self.sag * ((x - middle) / middle) ** 2))
                x += self.step
        return seats


@dataclass(frozen=True, kw_only=True)
class Fan:
    """Rows of seats round a podium: half circles, the front row first."""

    rows: int
    dot: float
    step: float

    CENTRE = (100.0, 10.0)
    FIRST_RADIUS = 34.0
    ROW_GAP = 15.0

    @property
    def radius(self) -> float:
        return self.FIRST_RADIUS + (self.rows - 1) * self.ROW_GAP

    @property
    def view_box(self) -> str:
        margin = self.dot / 2 + 1
        reach = self.radius + margin
        return f"{self.CENTRE[0] - reach:g} 0 {2 * reach:g} {self.CENTRE[1] + reach:g}"

    def seats(self) -> list[Seat]:
        centre_x, centre_y = self.CENTRE
        seats = []
        for row in range(self.rows):
            radius = self.FIRST_RADIUS + row * self.ROW_GAP
            # The ends of every row stay a little in front of the podium's edge.
            start = math.asin((8 + row) / radius)
            count = max(2, round((math.pi - 2 * start) * radius / self.step))
            for index in range(count):
                angle = math.pi - start - index * (math.pi - 2 * start) / (count - 1)
                seats.append(
                    (centre_x + radius * math.cos(angle), centre_y + radius * math.sin(angle))
                )
        return seats


@dataclass(frozen=True)
class HalfRound:
    """What the template draws."""

    view_box: str
    # Written, since a template would put 4.6 as 4,6 into a German drawing.
    dot: str
    podium: bool
    free: str
    taken: str


def plan(variant: Variant) -> Bowl | Fan:
    match variant:
        case "card":
            return Bowl(
                width=420, height=52, dot=4.6, step=15, rows=3, first_y=21.5, row_gap=12.3, sag=22
            )
        case "lead":
            return Bowl(
                width=800, height=72, dot=5, step=17, rows=4, first_y=24.2, row_gap=14, sag=34
            )
        case "stage":
            return Bowl(
                width=800, height=64, dot=5, step=17, rows=3, first_y=30.1, row_gap=14, sag=40
            )
        case "door":
            return Bowl(
                width=800, height=240, dot=6, step=22.2, rows=8, first_y=89.6, row_gap=18, sag=50
            )
        case "progress":
            return Fan(rows=6, dot=6.4, step=11.3)
        case "progress-small":
            return Fan(rows=4, dot=7, step=11.3)
        case "empty":
            return Fan(rows=3, dot=6, step=13.4)
        case _:
            assert_never(variant)


@lru_cache
def seats_of(variant: Variant) -> tuple[Seat, ...]:
    return tuple(plan(variant).seats())


@lru_cache
def filling_order(variant: Variant) -> tuple[int, ...]:
    """Which seat is taken first, second, …: an audience scatters, followers fill row by row."""
    count = len(seats_of(variant))
    if isinstance(plan(variant), Fan):
        return tuple(range(count))
    # Knuth's multiplicative hash: scattered, and the same on every page and at every render, so
    # that one more listener lights one more seat and moves none.
    return tuple(sorted(range(count), key=lambda index: (index + 1) * 2_654_435_761 % 2**32))


def seats_taken(*, drawn: int, seats: int, lit: int) -> int:
    """How many of the drawn seats are lit. Neither full before it is full, nor empty when not."""
    if seats <= 0 or lit >= seats:
        return drawn if lit > 0 else 0
    if lit <= 0:
        return 0
    return min(max(1, math.floor(drawn * lit / seats)), drawn - 1)


def draw(variant: Variant, *, seats: int | None = None, lit: int = 0) -> HalfRound:
    """seats: what a full house means; without it every drawn seat stands for one person."""
    layout = plan(variant)
    places = seats_of(variant)
    taken = seats_taken(drawn=len(places), seats=len(places) if seats is None else seats, lit=lit)
    order = filling_order(variant)
    return HalfRound(
        view_box=layout.view_box,
        dot=f"{layout.dot:g}",
        podium=isinstance(layout, Fan),
        free=_dots([places[index] for index in sorted(order[taken:])]),
        taken=_dots([places[index] for index in sorted(order[:taken])]),
    )


def _dots(places: Sequence[Seat]) -> str:
    """A path of zero-length lines: round caps make each a dot, and the house is one element."""
    return "".join(f"M{x:.1f} {y:.1f}h0" for x, y in places)
