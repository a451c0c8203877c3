"""A page of all figures, with plots: one file of HTML, with no script and no link."""

import html
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

WIDTH, HEIGHT = 640, 320  # px of a plot
LEFT, TOP, RIGHT, BOTTOM = 70, 20, 20, 46  # px around it
COLOURS = ("#1b6ca8", "#b3541e", "#2f7d32")
STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse}td,th{padding:.2rem .8rem;border-bottom:1px solid"
    " #ccc;text-align:start}td.n{text-align:end}svg text{font:12px sans-serif}"
    "svg .axis{stroke:#888}svg .grid{stroke:#ddd}figure{margin:2rem 0}"
)
STYLE_ALONE = "text{font:12px sans-serif}.axis{stroke:#888}.grid{stroke:#ddd}"
NAMESPACE = "http://www.w3.org/2000/svg"

Found = Mapping[str, Any]
Point = tuple[float, float]


class FigurePlot(NamedTuple):
    """Lines of points over an axis; the lower axis is logarithmic where said so."""

    title: str
    below: str
    beside: str
    lines: Mapping[str, Sequence[Point]]
    logarithmic: bool = False


def render(found: Found) -> str:
    """Return the page with the figures that `all` has measured."""
    title = "Figures of this machine"
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        f"<title>{title}</title><style>{STYLE}</style></head><body><h1>{title}</h1>",
        f"<p>{html.escape(_machine(found['machine']))}</p>",
        *_table(found["benches"]),
        *(_figure(plot) for plot in plots(found["benches"])),
        "</body></html>",
    ]
    return "\n".join(parts) + "\n"


def _machine(machine: Found) -> str:
    words = (machine[key] for key in ("cpu", "system", "python"))
    return ", ".join([*map(str, words), f"cores: {machine['cores']}"])


def _table(benches: Sequence[Found]) -> Iterator[str]:
    heads = ("figure", "floor", "ratio", "bars")
    cells = "".join(f"<th>{html.escape(head)}</th>" for head in ("", *heads))
    yield f"<table><tr>{cells}</tr>"
    for one in benches:
        quiet = one["machine"].get("quiet", True)
        met = "met" if one["ok"] else "missed"
        said = met if quiet else f"{met}, the machine was busy"
        numbers = (f"{one['figure']:,} {one['unit']}", f"{one['floor']:,}")
        row = [f"<td>{html.escape(one['name'])}</td>"]
        row += [f'<td class="n" dir="ltr">{html.escape(text)}</td>' for text in numbers]
        row += [f'<td class="n">{one["ratio"]}</td>', f"<td>{html.escape(said)}</td>"]
        yield f"<tr>{''.join(row)}</tr>"
    yield "</table>"


def plots(benches: Sequence[Found]) -> Iterator[FigurePlot]:
    """Yield the plots for which there are figures."""
    by_name = {one["name"]: one for one in benches}
    if "ledger" in by_name:
        grown = by_name["ledger"]["growth"]
        yield FigurePlot(
            "Cost of an entry by the length of the log",
            "entries",
            "us",
            {
                f"in groups of {group}": [
                    (one["entries"], one["us_an_entry"][group]) for one in grown
                ]
                for group in grown[0]["us_an_entry"]
            },
            logarithmic=True,
        )
    if "link" in by_name:
        measured = by_name["link"]["lines"]
        fast = [one for one in measured if one["bits_per_s"] is None]
        lines = {
            "no loss": [(x["rtt_ms"], x["rate"]) for x in fast if not x["loss"]],
            "1 % loss": [(x["rtt_ms"], x["rate"]) for x in fast if x["loss"]],
        }
        yield FigurePlot(
            "Bulletins per second by RTT",
            "RTT, ms",
            "1/s",
            {name: points for name, points in lines.items() if points},
        )


def _figure(plot: FigurePlot) -> str:
    title = html.escape(plot.title)
    return f"<figure><figcaption>{title}</figcaption>{draw(plot)}</figure>"


def draw(plot: FigurePlot, *, alone: bool = False) -> str:
    """Return a plot in SVG: its axes, a line and marks for each series, and its key.

    `alone`: as a file, with its title and its style.
    """
    points = [point for line in plot.lines.values() for point in line]
    most_x, most_y = (max(point[axis] for point in points) or 1 for axis in (0, 1))
    least_x = min(point[0] for point in points)

    def across(x: float) -> float:
        if plot.logarithmic:
            share = math.log(x / least_x) / (math.log(most_x / least_x) or 1)
        else:
            share = x / most_x
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def up(y: float) -> float:
        return HEIGHT - BOTTOM - y / most_y * (HEIGHT - TOP - BOTTOM)

    space = f' xmlns="{NAMESPACE}"' if alone else ""
    parts = [f'<svg{space} viewBox="0 0 {WIDTH} {HEIGHT}" role="img" direction="ltr">']
    if alone:
        parts.append(f"<title>{html.escape(plot.title)}</title>")
        parts.append(f"<style>{STYLE_ALONE}</style>")
        parts.append('<rect width="100%" height="100%" fill="#fff"/>')
    for share in (0.0, 0.5, 1.0):
        y = up(most_y * share)
        grid = "axis" if not share else "grid"
        parts.append(_line(grid, (LEFT, y), (WIDTH - RIGHT, y)))
        parts.append(_text(LEFT - 6, y + 4, f"{most_y * share:,.0f}", "end"))
    parts += [
        _text(across(x), HEIGHT - BOTTOM + 16, f"{x:,.0f}", "middle")
        for x in sorted({point[0] for point in points})
    ]
    parts.append(_text(WIDTH / 2, HEIGHT - 8, plot.below, "middle"))
    parts.append(_text(4, 12, plot.beside, "start"))
    for number, (name, line) in enumerate(plot.lines.items()):
        parts += _series(number, name, [(across(x), up(y)) for x, y in sorted(line)])
    return f"{''.join(parts)}</svg>"


def _series(number: int, name: str, placed: Sequence[Point]) -> Iterator[str]:
    """Yield the line of one series with its marks, and its name as the key."""
    colour = COLOURS[number % len(COLOURS)]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in placed)
    stroke = f'fill="none" stroke="{colour}" stroke-width="2"'
    yield f'<polyline points="{path}" {stroke}/>'
    for x, y in placed:
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>'
    key = f'<text x="{LEFT + 8 + number * 170}" y="12" fill="{colour}">'
    yield f"{key}{html.escape(name)}</text>"


def _line(style: str, start: Point, end: Point) -> str:
    (x1, y1), (x2, y2) = start, end
    return (
        f'<line class="{style}" x1="{x1:.1f}" y1="{y1:.1f}" '
        f'x2="{x2:.1f}" y2="{y2:.1f}"/>'
    )


def _text(x: float, y: float, text: str, anchor: str) -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f"<text {place}>{html.escape(text)}</text>"
