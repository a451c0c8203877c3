"""Write the tables of docs/scale.md again, and draw its plots.

    python docs/scale.py

The measurements are in scale.json: `measured` is the output of `python -m
tests.benchmarks members --json`, `simulated` that of `python -m
tests.mesh.virtual_mesh`. All else comes from the formula,
tests/benchmarks/mesh_costs.py.
"""  # noqa: INP001 - a program, not a package

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.benchmarks import mesh_costs as costs
from tests.benchmarks.mesh_costs import Traffic
from tests.benchmarks.page import FigurePlot, draw

DOCS = Path(__file__).parent
MARKED = re.compile(r"(<!-- (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
SIZES = (2, 3, 5, 9, 20, 28, 50, 100)
DESKS = (10, 100)  # of each member
LINES = (64_000, 256_000, 2_000_000)  # bits/s
STATED = 5  # cosigners of a stated policy
HALF = 0.5  # of a line: the most that ordinary traffic may take
DISK, YEARS = 1e12, 5  # bytes of a disk, and how many years it must last
RATE = 2_000  # entries/s that a machine takes while it catches up
AWAY, LINK = 1, 2_000_000  # days, bits/s
GB, MB, KB, HOUR = 1e9, 1e6, 1e3, 3_600
MOST = 100  # members of the largest mesh that is tried

Found = Mapping[str, Any]


def traffic(members: int, desks: int = DESKS[1], cosigners: int = 0) -> Traffic:
    """Return the traffic of so many members, with so many desks each.

    Where the default quorum cannot be met, a policy that needs STATED cosigners holds.
    """
    if members > costs.largest_quorum():
        cosigners = cosigners or STATED
    return Traffic(members, members * desks, cosigners=cosigners)


def _table(heads: Sequence[str], rows: Iterator[Sequence[object]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines) + "\n"


def _apart(found: float, reckoned: float) -> str:
    """Return a cell with both values, and how far the formula is off."""
    if not found:
        return "-"
    return f"{found:,g} / {reckoned:,.5g} ({reckoned / found - 1:+.0%})"


def measured(found: Found) -> str:
    """Return two tables that compare real nodes with the formula, in full batches."""
    together = found["bulletins"]

    def sent(one: Found) -> Sequence[object]:
        members = one["members"]
        use = traffic(members)
        to_reader = costs.bulk(use, read=True, together=together)
        to_others = costs.bulk(use, read=False, together=together)
        mean = (to_reader + (members - 2) * to_others) / (members - 1)
        return (
            members,
            _apart(one["to_reader"], to_reader),
            _apart(one["to_others"], to_others),
            _apart(one["per_member"], mean),
            _apart(one["rest"], costs.REST + costs.shown(use.needed)),
        )

    def kept(one: Found) -> Sequence[object]:
        members = one["members"]
        return (
            members,
            _apart(one["ed25519"], costs.verified_entries(members, together)),
            _apart(one["stored"], costs.stored_bulk(traffic(members))),
            f"{one['rate']:,}",
            f"{one['missed']:,} in {one['caught_up_s']} s",
        )

    sizes = (
        "members",
        "to the reader",
        "to another",
        "each member",
        "the minute after",
    )
    rest = ("members", "Ed25519", "stored", "entries/s", "caught up")
    rows = found["members"]
    return f"{_table(sizes, map(sent, rows))}\n{_table(rest, map(kept, rows))}"


def simulated(found: Sequence[Found]) -> str:
    """Return two tables that compare virtual meshes with it, one bulletin at a time."""

    def size(one: Found) -> str:
        members, live = one["members"], one["live"]
        return f"{members}" if live == members else f"{members}, {live} of them live"

    def use(one: Found) -> Traffic:
        return Traffic(
            one["members"], addressed=1, entry=one["entry"], text=one["text"]
        )

    def sent(one: Found) -> Sequence[object]:
        return (
            size(one),
            _apart(one["to_reader"], costs.single(use(one), read=True)),
            _apart(one["to_others"], costs.single(use(one), read=False)),
            _apart(one["answer"], costs.ANSWER),
            _apart(one["lines"], costs.REST + costs.shown_a_minute(use(one))),
            _apart(one["rest"], costs.REST),
        )

    def kept(one: Found) -> Sequence[object]:
        return (
            size(one),
            _apart(one["ed25519"], costs.verified_entries(one["live"], 1)),
            _apart(one["ml_dsa_44"], costs.verified_heads(one["live"], 1)),
            _apart(one["stored"], costs.stored_single(use(one), one["live"])),
        )

    sizes = ["members", "to the reader", "to another", "answer"]
    sizes += ["a minute with lines", "at rest"]
    rest = ("members", "Ed25519", "ML-DSA-44", "stored")
    return f"{_table(sizes, map(sent, found))}\n{_table(rest, map(kept, found))}"


def reckoning() -> str:
    """Return the table of a node's costs by size of mesh, with 100 desks a member."""

    def row(members: int) -> Sequence[object]:
        use = traffic(members)
        ed25519, ml_dsa_44 = costs.verified(use)
        kept, texts = costs.stored(use)
        up = costs.uplink(use) * costs.BITS / costs.SECONDS / KB
        rest = costs.REST * (members - 1) * costs.BITS / 60 / KB
        back = costs.catch_up(use, AWAY, LINK, RATE)
        return (
            *(members, f"{use.desks:,}", f"{use.entries:,.0f}"),
            *(f"{rest:,.1f}", f"{up:,.0f}", f"{ed25519:,.0f}", f"{ml_dsa_44:,.0f}"),
            *(f"{kept / GB:,.1f}", f"{texts / GB:,.1f}", f"{back / 60:,.1f}"),
        )

    heads = (
        *("members", "desks", "entries a day", "kbit/s at rest", "kbit/s in all"),
        *("Ed25519 a day", "ML-DSA-44 a day", "GB a year", "GB of texts"),
        "min to catch up a day",
    )
    return _table(heads, map(row, SIZES))


def policy() -> str:
    """Return the sentence about a stated policy."""
    most = costs.largest_quorum()
    by = [
        (costs.stored(use)[0] / GB, costs.uplink(use) * costs.BITS / costs.SECONDS / KB)
        for use in (traffic(most), traffic(most, cosigners=STATED))
    ]
    (disk, line), (less, narrower) = by
    return (
        f"With {most} members a stated policy that needs {STATED} cosigners takes "
        f"{less:,.0f} GB a year instead of {disk:,.0f}, and {narrower:,.0f} kbit/s "
        f"instead of {line:,.0f}.\n"
    )


def largest(holds: Callable[[int], bool]) -> str:
    """Return the largest mesh up to which a condition holds without a gap.

    "1" where it holds for none, "100 or more" where it holds up to MOST.
    """
    found = next((n - 1 for n in range(2, MOST + 1) if not holds(n)), MOST)
    return f"{found} or more" if found == MOST else str(found)


def limits() -> str:
    """Return the table of the largest meshes."""

    def row(desks: int) -> Sequence[object]:
        def on(bits: float) -> str:
            return largest(lambda n: costs.line_share(traffic(n, desks), bits) <= HALF)

        def fits(members: int) -> bool:
            kept, texts = costs.stored(traffic(members, desks))
            return kept * YEARS + texts <= DISK

        return (desks or "none", *map(on, LINES), largest(fits) if desks else "-")

    lines = (f"{bits / KB:,.0f} kbit/s" for bits in LINES)
    heads = ("desks a member", *lines, f"{DISK / GB:,.0f} GB for {YEARS} years")
    return _table(heads, map(row, (0, *DESKS)))


def quorums() -> str:
    """Return the sentence about the default quorum."""
    most, all_shown = costs.largest_quorum(), costs.shown_to_all()
    return (
        f"Up to {all_shown} members, each member sees the others' signatures: an owner "
        "shows lines under heads that the member has signed itself, and keeps the "
        f"first {costs.OWNED_MAX} under one head. A member with a later line sees "
        "*cosigned* late or never. The default quorum can be met up to "
        f"{most} members; with {most + 1} it needs {costs.quorum(most + 1)} other "
        "nations.\n"
    )


def plots() -> dict[str, str]:
    """Return the plots by the names of their files."""

    def line(of: Callable[[Traffic], float], desks: int) -> list[tuple[float, float]]:
        return [(n, of(traffic(n, desks))) for n in SIZES]

    def of_all(of: Callable[[Traffic], float]) -> dict[str, list[tuple[float, float]]]:
        return {f"{desks} desks a member": line(of, desks) for desks in DESKS}

    def up(use: Traffic) -> float:
        return costs.uplink(use) * costs.BITS / costs.SECONDS / KB

    rest = {"at rest": line(up, 0)}
    drawn = {
        "scale-line.svg": ("What a node sends", "kbit/s", of_all(up) | rest),
        "scale-disk.svg": (
            "What a database grows by in a year",
            "GB",
            of_all(lambda use: costs.stored(use)[0] / GB),
        ),
        "scale-verified.svg": (
            "Signatures that a node verifies a day",
            "millions",
            of_all(lambda use: sum(costs.verified(use)) / MB),
        ),
        "scale-catchup.svg": (
            "Catching up with a day by 2 Mbit/s",
            "minutes",
            of_all(lambda use: costs.catch_up(use, AWAY, LINK, RATE) / 60),
        ),
    }
    return {
        name: draw(FigurePlot(title, "members", unit, lines), alone=True) + "\n"
        for name, (title, unit, lines) in drawn.items()
    }


def render(document: str) -> str:
    """Return the document with its tables made from the data as they are now."""
    found = json.loads((DOCS / "scale.json").read_text("utf-8"))
    tables = {
        "measured": measured(found["measured"]),
        "simulated": simulated(found["simulated"]),
        "reckoning": reckoning(),
        "limits": limits(),
        "quorums": quorums(),
        "policy": policy(),
    }
    return MARKED.sub(lambda at: f"{at[1]}{tables[at[2]]}{at[3]}", document)


def main() -> None:
    """Write the document and its plots."""
    document = DOCS / "scale.md"
    document.write_text(render(document.read_text("utf-8")), "utf-8")
    for name, picture in plots().items():
        (DOCS / name).write_text(picture, "utf-8")


if __name__ == "__main__":
    main()
