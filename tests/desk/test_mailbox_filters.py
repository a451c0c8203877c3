"""The language of conditions, and what is refused in it."""

import re
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from math import cos, radians
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from exchange.desk.mailbox import Filter, Mailbox, search
from exchange.desk.mailbox.filters import KEYS, CodeCondition, FigureCondition, Near
from exchange.desk.mailbox.query_plan import _box, distance
from exchange.desk.search_text import (
    QUERY_WORDS_MAX,
    WORD_MAX,
    Query,
    index_text,
    pairs,
    query,
    words,
)
from exchange.errors import Reason, Refusal
from exchange.limits import DAY, MINUTE
from exchange.v1 import bulletin_pb2
from exchange.v1 import envelope_pb2 as pb
from tests.desk import made
from tests.desk.made import BEIJING, NOW, message, name, put_all
from tests.expecting import refusing

KILLED = ("details.killed",)
NOVEMBER = round(datetime(2026, 11, 1, tzinfo=UTC).timestamp() * 1_000)


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("", Filter()),
        ("is:unread is:unacked", Filter(unread=True, unacknowledged=True)),
        (
            "is:recalled is:stale is:overdue",
            Filter(recalled=True, stale=True, overdue=True),
        ),
        ("is:in", Filter(direction="in")),
        ("is:in is:out", Filter()),
        ("kind:warning,RFI", Filter(kinds=frozenset({"WARNING", "RFI"}))),
        ("prec:FLASH prec:ROUTINE", Filter(precedence=frozenset({"FLASH", "ROUTINE"}))),
        ("mode:EXERCISE", Filter(modes=frozenset({"EXERCISE"}))),
        ("tlp:amber_strict", Filter(tlps=frozenset({"AMBER_STRICT"}))),
        ("lang:zh,ur", Filter(langs=frozenset({"zh-Hans", "ur"}))),
        ("state:Queued,local", Filter(states=frozenset({"queued", "local"}))),
        (
            "actor:BLA",
            Filter(facts=(CodeCondition(("details.actors",), frozenset({"BLA"})),)),
        ),
        ("from:ops.beijing.cn,pk", Filter(desks=frozenset({"ops.beijing.cn", "pk"}))),
        ("thread:ABCDEF0123", Filter(threads=("abcdef0123",))),
        ("thread:islamabad.pk#412", Filter(threads=("islamabad.pk#412",))),
        ("after:2026-11-01", Filter(after=NOVEMBER)),
        ("before:2026-11-01", Filter(before=NOVEMBER)),
        ("on:2026-11-01", Filter(after=NOVEMBER, before=NOVEMBER + DAY)),
        ("on:۲۰۲۶-۱۱-۰۱", Filter(after=NOVEMBER, before=NOVEMBER + DAY)),
        ("after:2026-11-01T00:05Z", Filter(after=NOVEMBER + 5 * MINUTE)),
        ("before:2026-11-01T00:05:00z", Filter(before=NOVEMBER + 5 * MINUTE)),
        ("after:2026-11-01 after:2026-10-01", Filter(after=NOVEMBER)),
        ("before:2026-11-01 before:2026-12-01", Filter(before=NOVEMBER)),
        ("near:35.3,73.2:50km", Filter(near=(Near(35.3, 73.2, 50.0),))),
        ("near:dasu-hpp:2.5km", Filter(near=(Near(35.317, 73.193, 2.5),))),
        ("near:-35,-73:５０km", Filter(near=(Near(-35.0, -73.0, 50.0),))),
        (
            "convoy kind:RFI delayed",
            Filter(kinds=frozenset({"RFI"}), text="convoy delayed"),
        ),
        ("convoy ", Filter(text="convoy ")),
        ("10:30 ratio:", Filter(text="10:30 ratio:")),
        ("https://example.org", Filter(text="https://example.org")),
        ("گاڑی:مشکوک", Filter(text="گاڑی:مشکوک")),
        ("killed:2", Filter(figures=(FigureCondition(KILLED, "=", 2.0),))),
        ("killed:>=۲", Filter(figures=(FigureCondition(KILLED, ">=", 2.0),))),
        ("死亡人数:<6", Filter(figures=(FigureCondition(KILLED, "<", 6.0),))),
    ],
)
def test_what_is_read(line: str, wanted: Filter) -> None:
    assert Filter.read(line) == Filter.parse(line) == wanted


def test_a_site_and_a_reported_state_are_looked_for_in_every_field_of_theirs() -> None:
    (site,) = Filter.read("site:dasu-hpp").facts
    assert "place.site" in site.fields
    assert site.codes == {"DASU-HPP"}
    (state,) = Filter.read("state:UNDER_WAY,ONGOING").facts
    assert set(state.fields) >= {"details.state", "details.status"}


@pytest.mark.parametrize(
    "condition",
    [
        *("is:other", "is:UNREAD", "kind:PARTY", "kind:WARNING,", "prec:LOUD"),
        *("mode:REAL", "tlp:PINK", "lang:fr", "lang:en,", "state:gone"),
        *("state:queued,UNDER_WAY", "actor:NOBODY", "site:ATLANTIS", "site:BLA"),
        *(
            "from:",
            "kind:",
            "from:OPS",
            "from:a@b.cn",
            "from:a.b.c.d",
            "from:%",
            "from:*",
        ),
        *("thread:abc", "thread:abcdefgh'--", "thread:" + "a" * 200),
        *("after:yesterday", "after:2026-13-01", "on:2026-02-30", "before:1969-12-31"),
        *("after:2026-11-01T06:00", "on:2026-11-01T25:00Z", "after:0000-00-00"),
        *("near:DASU-HPP", "near:DASU-HPP:50", "near:ATLANTIS:5km", "near:91,0:5km"),
        *("near:0,181:5km", "near:35.3,73.2:0km", "near:35.3,73.2:99999km"),
        *("near:61SDU1234:5km", "near:43SDU123:5km"),
        *("near:nan,nan:5km", "near:35.3,73.2:-5km", "near:1e9,1:1km"),
        *("colour:red", "kinds:WARNING", "text:convoy"),
        *("killed:two", "killed:>", "killed:=>2", "killed:-1", "killed:1e3"),
        *("killed:99999999999", "detail:2", "frequency_khz:nan", "killed:2;DROP"),
    ],
)
def test_a_condition_that_nothing_could_meet_is_refused(condition: str) -> None:
    with refusing(Reason.CODE_UNKNOWN, condition.partition(":")[0] + ":"):
        Filter.read(f"convoy {condition} is:in")
    typed = Filter.parse(f"convoy {condition} is:in")
    assert typed == Filter(direction="in", text=f"convoy {condition}")


@given(
    st.text()
    | st.builds(
        "{}:{}".format, st.sampled_from(KEYS), st.text() | st.sampled_from(["9,9:9km"])
    )
)
@example("near:" + "9" * 3_990 + "km")
@example("\ud800:\ud800 is:in")
@example("x" * 1_000_000)
def test_any_line_is_read_or_refused_by_its_key(line: str) -> None:
    Filter.parse(line)
    assert re.fullmatch("([a-z]{2,12}:)?", refused_for(line))


def refused_for(line: str) -> str:
    try:
        Filter.read(line)
    except Refusal as refusal:
        return refusal.where if refusal.reason is Reason.CODE_UNKNOWN else "?"
    return ""


def test_a_grid_is_a_place() -> None:
    (near,) = Filter.read("near:18suj23480647:50km").near
    assert near == pytest.approx((38.88943, -77.03522, 50.0), abs=1e-5)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("kind:WARNIN", "not in the code list; did you mean WARNING?"),
        ("tlp:purple", "not in the code list: AMBER, AMBER_STRICT, CLEAR, GREEN, RED"),
        ("is:odd", ""),
    ],
)
def test_a_wrong_code_is_told_with_those_there_are(line: str, said: str) -> None:
    with refusing(where=line.partition(":")[0] + ":") as refusal:
        Filter.read(line)
    assert str(refusal.value.why or "") == said


# Which messages meet the conditions that the list has no column for.


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
                content=said("MOVEMENT", state="UNDER_WAY", vehicles="10"),
                entry=refers(3, filed=NOW + DAY),
            ),
            message(5, content=said(lat="30.0", lon="70.0", error_m="900000"), **cn),
            message(
                6,
                content=said("INCIDENT", killed="2", injured="11"),
                entry=made.entry(filed=NOW + 2 * DAY),
            ),
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
        ("vehicles:>9", [4]),
        ("vehicles:<=9", []),
        ("killed:2", [6]),
        ("killed:2 injured:>=11 is:recalled", [6]),
        ("killed:2 kind:WARNING", []),
        ("زخمی:>2", [6]),
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
        put_all(box, message(1, entry=refers(2)), message(2, entry=refers(1)))
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


# Words of texts and of queries.


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("CONVOY Café ＣＯＮＶＯＹ Straße", ["convoy", "cafe", "convoy", "strasse"]),
        ("مُشکوک مشکـــوک مشکوک\u200c", ["مشکوک"] * 3),
        ("آمد أمد", ["امد", "امد"]),
        ("چوکی\u202e", ["چوکی"]),
        ("ء", []),
        ("ﮔﺎﮌﯼ", ["گاڑی"]),
        ("۱۲۳ ١٢٣ 123 １２３", ["123"] * 4),
        ("可疑车辆K2", ["可", "疑", "车", "辆", "k2"]),
        ("㐀𠀀カ", ["㐀", "𠀀", "カ"]),
        ("2026-11-25", ["2026", "11", "25"]),
    ],
)
def test_letters_are_folded_and_han_characters_are_words(
    text: str, found: list[str]
) -> None:
    """By case, accent and width; marks, tatweel and joiners do not matter."""
    assert words(text) == found


@pytest.mark.parametrize(
    ("typed", "same"),
    [
        ("گاڑي كراچى", "گاڑی کراچی"),
        ("قافله راه", "قافلہ راہ"),
        ("بھاری", "بهاري"),
        ("علماء شعبۂ دائرہ مؤثر", "علما شعبہ دایرہ موثر"),
    ],
)
def test_letters_of_arabic_keyboards_and_any_hamza_are_the_urdu_ones(
    typed: str, same: str
) -> None:
    assert words(typed) == words(same)
    assert words("کے") != words("کی"), "bari yeh stays a letter of its own"


def test_neighbouring_han_characters_are_indexed_as_pairs() -> None:
    assert index_text(["车辆路 a", "b 口岸"]) == "车 辆 路 a b 口 岸 车辆 辆路 口岸"
    assert pairs("车 辆 K2 岸") == []


def test_a_run_of_han_is_asked_by_its_pairs() -> None:
    assert query("可疑车辆K2路 口 ").phrases == (
        ("可疑", "疑车", "车辆"),
        ("k2",),
        ("路",),
        ("口",),
    )


def test_long_words_are_cut_alike_in_index_and_query() -> None:
    long = "x" * 500
    assert words(long) == ["x" * WORD_MAX]
    assert query(long + " ").phrases == (("x" * WORD_MAX,),)


def test_what_has_no_space_is_a_phrase_and_the_last_word_may_go_on() -> None:
    assert query("桥梁 N-35 con") == Query((("桥梁",), ("n", "35")), "con")
    assert query("convoy ") == Query((("convoy",),), "")
    assert query("桥").unfinished == ""
    assert query("c").unfinished == ""
    assert query("2026").unfinished == ""


def test_a_query_has_bounds() -> None:
    many = query("a1 " * 5_000)
    assert len(many.phrases) <= QUERY_WORDS_MAX
    assert sum(map(len, query("车" * 5_000).phrases)) <= QUERY_WORDS_MAX


def test_nothing_to_search_for() -> None:
    for text in ("", "   ", '"*()', "\0\0", "\ud800", "--", "\u200f\u064b"):
        assert query(text) == Query((), "")


@given(st.text())
@example("NEAR(a b) OR c* ^d -e:f \"g' {h}")
@example("\ud800a\0b")
def test_words_are_letters_and_digits_only(text: str) -> None:
    found = words(text)
    assert all(word.isalnum() and len(word) <= WORD_MAX for word in found)
    assert index_text([text]).split() == found + pairs(text)
    " ".join(found).encode()  # no surrogate gets through


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    once = words(text)
    assert words(" ".join(once)) == once


@given(st.text(alphabet="abkیوکہ车疑辆 é"))
def test_a_text_has_the_phrases_of_itself(text: str) -> None:
    indexed = f" {index_text([text])} "
    for phrase in query(text + " ").phrases[:20]:
        assert f" {' '.join(phrase)} " in indexed
