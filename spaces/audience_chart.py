"""The audience over time as a drawing: where its bars, lines and words stand. Pure geometry."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from config.templatetags.rostrum import hours_and_minutes

# How many minutes a bar may stand for, and how far apart the times below may be.
_MINUTES = (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440)
_LEVELS = 4
# What came but once is seen as well.
_LEAST_HEIGHT = 1.5


@dataclass(frozen=True, kw_only=True)
class Point:
    """A minute, counted from the start: the most who listened in it, and who came in it."""

    minute: int
    listeners: int
    joined: int


@dataclass(frozen=True, kw_only=True)
class Plan:
    """bars, times: how many there may be."""

    width: int
    height: int
    bars: int
    times: int
    # Beside the drawing itself, for the words.
    start: int = 48
    end: int = 20
    top: int = 10
    bottom: int = 28


WIDE = Plan(width=1000, height=280, bars=60, times=8)
NARROW = Plan(width=340, height=210, bars=20, times=4)


@dataclass(frozen=True, kw_only=True)
class Bar:
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, kw_only=True)
class Word:
    """As templates write it: no language has its own decimal point in a drawing."""

    x: str
    y: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Chart:
    """The paths, and what they are made of. name: tells two drawings of one page apart."""

    name: str
    view_box: str
    listeners: tuple[Bar, ...]
    joined: tuple[Bar, ...]
    levels: tuple[Word, ...]
    times: tuple[Word, ...]
    listeners_path: str
    joined_path: str
    grid_path: str
    axis_path: str


def minutes_per(span: int, most: int) -> int:
    """The least round number of minutes of which at most so many fill a span."""
    for minutes in _MINUTES:
        if minutes * most >= span:
            return minutes
    days = -(-span // (most * _MINUTES[-1]))
    return days * _MINUTES[-1]


def level_step(highest: int) -> int:
    """A round number of people, at most _LEVELS of which reach above the highest."""
    step = 1
    while True:
        for factor in (1, 2, 5):
            if step * factor * _LEVELS >= highest:
                return step * factor
        step *= 10


def draw(name: str, points: Sequence[Point], plan: Plan) -> Chart:
    """points: in order, at most one a minute; minutes that nobody measured have no bar."""
    span = max((point.minute for point in points), default=0) + 1
    per_bar = minutes_per(span, plan.bars)
    bars = -(-span // per_bar)
    listeners, joined = [0] * bars, [0] * bars
    for point in points:
        index = point.minute // per_bar
        listeners[index] = max(listeners[index], point.listeners)
        joined[index] += point.joined
    highest = max(*listeners, *joined, 1)
    step = level_step(highest)
    top = step * -(-highest // step)

    bottom = plan.height - plan.bottom
    scale = (bottom - plan.top) / top
    slot = (plan.width - plan.start - plan.end) / bars
    gap = min(slot / 8, 2.0)
    # A few minutes are no wall.
    width = min((slot - 2 * gap) / 2, 28.0)

    def row(counts: Iterable[int], shift: float) -> tuple[Bar, ...]:
        return tuple(
            Bar(x=plan.start + slot * (index + 0.5) + shift, y=bottom - h, width=width, height=h)
            for index, count in enumerate(counts)
            if count and (h := max(count * scale, _LEAST_HEIGHT))
        )

    levels = range(0, top + 1, step)
    between = minutes_per(span, plan.times)
    minute_px = slot / per_bar
    right = plan.width - plan.end
    first, second = row(listeners, -width - gap / 2), row(joined, gap / 2)
    return Chart(
        name=name,
        view_box=f"0 0 {plan.width} {plan.height}",
        listeners=first,
        joined=second,
        levels=tuple(
            Word(x=str(plan.start - 8), y=_px(bottom - level * scale + 4), text=str(level))
            for level in levels
        ),
        times=tuple(
            Word(
                x=_px(plan.start + minute * minute_px),
                y=str(plan.height - 8),
                text=hours_and_minutes(minute),
            )
            for minute in range(0, span, between)
        ),
        listeners_path=_path(first),
        joined_path=_path(second),
        grid_path="".join(
            f"M{plan.start} {_px(bottom - level * scale)}H{right}" for level in levels if level
        ),
        axis_path=f"M{plan.start} {bottom}H{right}",
    )


def _px(value: float) -> str:
    return f"{value:.1f}"


def _path(bars: Iterable[Bar]) -> str:
    return "".join(
        f"M{_px(bar.x)} {_px(bar.y)}h{_px(bar.width)}v{_px(bar.height)}h{_px(-bar.width)}z"
        for bar in bars
    )
