"""Which messages meet the conditions that the list has no column for."""

from collections.abc import Iterator
from contextlib import closing
from math import cos, radians
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.desk.mailbox import Filter, Mailbox, search
from exchange.desk.mailbox.filters import Near
from exchange.desk.mailbox.query_plan import _box, distance
from exchange.errors import Reason
from exchange.limits import DAY
from exchange.v1 import bulletin_pb2
from exchange.v1 import envelope_pb2 as pb
from tests.desk import made
from tests.desk.made import BEIJING, NOW, message, name
from tests.expecting import refusing

DASU, GWADAR = "35.317,73.193", "25.115,62.328"
UPDATES, RECALLS = pb.RELATION_UPDATES, pb.RELATION_RECALLS


def said(
    kind: str = "WARNING", site: str = "", actor: str = "", **fields: str
) -> bytes:
    given = bulletin_pb2.Content.FromString(made.content(kind=kind))
    given.place.site = site
    given.actors.extend([actor] if actor else [])
    for field, value in fields.items():
        if field in {"lat", "lon", "error_m"}:
            setattr(given.place, field, int(value) if field == "error_m" else value)
        else:
            given.details.add(field=field, value=value)
    return given.SerializeToString()


def refers(number: int, relation: int = UPDATES, **changes: int) -> bytes:
    return made.entry(references=[(relation, name(number))], **changes)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mailbox]:
    mailbox = Mailbox(tmp_path_factory.mktemp("sieve") / "mailbox.db", made.KEY)
    cn = {"author": "duty-1@ops.beijing.cn", "origin": BEIJING}
    remark = bulletin_pb2.Remark(text=bulletin_pb2.Segment(lang="en", text="wrong"))
    recall = remark.SerializeToString()
    with mailbox.database.transaction():
        for new in (
            message(1, content=said(site="DASU-HPP", actor="TTP")),
            message(2, content=said(site="GWADAR-PORT", actor="BLA"), **cn),
            message(3, content=said(lat="35.4", lon="73.2"), entry=refers(1)),
            message(
                4,
                content=said("MOVEMENT", state="UNDER_WAY"),
                entry=refers(3, filed=NOW + DAY),
            ),
            message(5, content=said(lat="30.0", lon="70.0", error_m="900000"), **cn),
            message(6, content=said(), entry=made.entry(filed=NOW + 2 * DAY)),
            message(7, content=recall, entry=refers(6, RECALLS, kind=4)),
            message(8, content=recall, entry=refers(2, RECALLS, kind=4)),
            message(9, content=recall, entry=refers(1, RECALLS, kind=4, mode=2)),
            message(10, content=recall, entry=refers(99, kind=1)),
        ):
            mailbox.messages.put(new)
    yield mailbox
    mailbox.close()


@pytest.mark.parametrize(
    ("line", "numbers"),
    [
        ("site:DASU-HPP", [1]),
        ("actor:BLA,TTP", [2, 1]),
        ("actor:BLA site:DASU-HPP", []),
        ("state:UNDER_WAY", [4]),
        ("state:UNDER_WAY kind:WARNING", []),
        ("from:cn", [5, 2]),
        ("from:beijing.cn kind:WARNING", [5, 2]),
        ("from:ops.islamabad.pk site:DASU-HPP", [1]),
        ("from:mabad.pk", []),
        ("from:ing.cn", []),
        (f"near:{DASU}:5km", [5, 1]),
        ("near:DASU-HPP:20km", [5, 3, 1]),
        (f"near:{GWADAR}:1km", [2]),
        ("near:GWADAR-PORT:100km from:cn", [5, 2]),
        ("near:0,0:5km", []),
        ("near:0,0:20040km", [5, 3, 2, 1]),
        ("near:89.9,0:20040km site:DASU-HPP", [1]),
        ("on:2025-11-25", [4]),
        ("after:2025-11-25", [6, 4]),
        ("after:2025-11-25 before:2025-11-26", [4]),
        ("before:2025-11-25 from:cn convoy", [5, 2]),
        ("is:recalled", [6]),
        ("thread:" + name(1).hex(), [9, 4, 3, 1]),
        ("thread:" + name(4).hex()[:8] + " kind:MOVEMENT", [4]),
        ("thread:islamabad.pk#10", [10]),
        ("site:DASU-HPP convoy", [1]),
        ("site:DASU-HPP absent", []),
    ],
)
@pytest.mark.parametrize("few", [0, 4_096], ids=["joined", "given"])
@pytest.mark.parametrize("singly", [0, 64], ids=["read past", "sought singly"])
@pytest.mark.parametrize("places", [0, 64], ids=["by spot", "by mark"])
def test_conditions(  # noqa: PLR0913, PLR0917 - its parameters
    box: Mailbox,
    monkeypatch: pytest.MonkeyPatch,
    line: str,
    numbers: list[int],
    few: int,
    singly: int,
    places: int,
) -> None:
    monkeypatch.setattr(search, "FEW", few)
    monkeypatch.setattr(search, "SINGLY_MAX", singly)
    monkeypatch.setattr(search, "PLACES_MAX", places)
    assert list(box.search.ids(Filter.read(line))) == numbers
    assert list(box.search.ids(line)) == numbers
    assert list(box.search.ids(line, 1)) == numbers[:1]
    assert list(box.search.ids(line, 0)) == []


@pytest.mark.parametrize(
    "line", ["", "convoy", "kind:WARNING", "kind:WARNING convoy", "from:cn"]
)
def test_the_newest_so_many(box: Mailbox, line: str) -> None:
    every = list(box.search.ids(line))
    assert every == sorted(every, reverse=True)
    for limit in (0, 1, 2, 99):
        assert list(box.search.ids(line, limit)) == every[:limit]


def test_a_thread_of_what_is_not_here(box: Mailbox) -> None:
    line = "thread:ffffffff"
    with refusing(Reason.NOT_FOUND):
        box.search.ids(Filter.read(line))
    assert list(box.search.ids(line)) == [], "while it is typed nothing fails"


def test_a_circle_of_references_ends(tmp_path: Path) -> None:
    with closing(Mailbox(tmp_path / "mailbox.db", made.KEY)) as box:
        box.messages.put(message(1, entry=refers(2)))
        box.messages.put(message(2, entry=refers(1)))
        assert list(box.search.ids("thread:" + name(1).hex())) == [2, 1]


@given(
    st.floats(-90, 90),
    st.floats(-180, 180),
    st.floats(0.1, 20_000),
    st.floats(-90, 90),
    st.floats(-180, 180),
)
def test_nothing_within_the_circle_is_outside_its_box(
    lat: float, lon: float, km: float, other_lat: float, other_lon: float
) -> None:
    near = Near(lat, lon, km)
    low, high, west, east = _box(near)
    if distance(near, other_lat, other_lon) <= km:
        assert low <= other_lat <= high
        assert west <= other_lon <= east


def test_distances_are_those_of_the_ground() -> None:
    degree = 6_371.0 * radians(1)
    assert distance(Near(35, 73, 1), 36, 73) == pytest.approx(degree)
    along = degree * cos(radians(35))
    assert distance(Near(35, 73, 1), 35, 74) == pytest.approx(along, rel=1e-4)
    assert distance(Near(10, 179.5, 1), 10, -179.5) < 120
