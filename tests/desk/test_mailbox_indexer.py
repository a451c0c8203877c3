"""What is noted beside a message."""

from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.desk.mailbox import (
    Mailbox,
    NewMessage,
)
from exchange.limits import ROUTINE_GOAL
from exchange.v1 import bulletin_pb2
from exchange.v1 import envelope_pb2 as pb
from tests.desk import made
from tests.desk.made import KEY, NOW, message, name

OPS, INFO = "ops.beijing.cn", "info.karachi.pk"
TABLES = ("reference", "fact", "spot", "owed", "gone")
NOTHING: dict[str, list[object]] = {table: [] for table in TABLES}
ASKED = {OPS: pb.RECIPIENT_CLASS_ACTION, INFO: pb.RECIPIENT_CLASS_INFO}


def said(**fields: object) -> bytes:
    """A WARNING of the Gwadar port by an actor; `fields` are of its content."""
    given = bulletin_pb2.Content.FromString(made.content(acknowledge="ACTION"))
    given.place.site = "GWADAR-PORT"
    given.assessment.reliability = "B"
    given.assessment.credibility = 2
    given.actors.append("BLA")
    for field, value in fields.items():
        if field == "place":
            given.place.CopyFrom(value)  # type: ignore[arg-type]  # is one
        else:
            given.details.add(field=field, value=str(value))
    return given.SerializeToString()


def head(*references: tuple[int, bytes], kind: int = pb.KIND_BULLETIN) -> bytes:
    return made.entry(kind=kind, recipients=ASKED, references=references)


def tables(box: Mailbox) -> dict[str, list[tuple[object, ...]]]:
    found = {t: box.database.select(f"SELECT * FROM {t}") for t in TABLES}  # noqa: S608  # constants
    found["spot"] = box.database.select(
        "SELECT number, lat, lon, error_m FROM spot JOIN place ON id = place"
    )
    return found


def test_references_facts_spot_and_what_is_owed(box: Mailbox) -> None:
    refers = (pb.RELATION_UPDATES, name(9))
    new = message(1, content=said(threat="SUICIDE_BOMB"), entry=head(refers))
    box.messages.put(new)
    noted = tables(box)
    assert noted["reference"] == [(1, "UPDATES", name(9))]
    assert noted["fact"] == [
        ("assessment.credibility", "2", 1),
        ("assessment.reliability", "B", 1),
        ("details.actors", "BLA", 1),
        ("details.threat", "SUICIDE_BOMB", 1),
        ("place.site", "GWADAR-PORT", 1),
    ]
    assert noted["spot"] == [(1, 25.115, 62.328, 1_000)]
    assert noted["owed"] == [(1, OPS, NOW + 5, 0, NOW + 1)]
    box.messages.put(new)
    assert tables(box) == noted, "again is safe"


def test_a_point_of_its_own_goes_before_the_site_s(box: Mailbox) -> None:
    place = bulletin_pb2.Place(site="GWADAR-PORT", lat="35.3", lon="73.2", error_m=50)
    box.messages.put(message(1, content=said(place=place)))
    unknown = bulletin_pb2.Place(site="OF-A-NEWER-LIST")
    box.messages.put(message(2, content=said(place=unknown)))
    assert tables(box)["spot"] == [(1, 35.3, 73.2, 50)]


Place = bulletin_pb2.Place


@pytest.mark.parametrize(
    ("place", "fields", "spot"),
    [
        (Place(mgrs="18SUJ2348306479"), {}, (38.889467, -77.035236, 1)),
        (Place(mgrs="18SUJ2348306479", error_m=50), {}, (38.889467, -77.035236, 50)),
        (Place(mgrs="18SUJ20", error_m=50), {}, (38.876447, -77.017384, 7_072)),
        (Place(site="GWADAR-PORT", mgrs="18SUJ23480647"), {}, (38.88943, -77.03522, 8)),
        (Place(lat="35.3", lon="73.2", mgrs="18SUJ20"), {}, (35.3, 73.2, 1)),
        (Place(site="GWADAR-PORT", mgrs="61SDU1234"), {}, (25.115, 62.328, 1_000)),
        (Place(), {"pickup_grid": "18SUJ23480647"}, (38.88943, -77.03522, 1_000)),
        (
            Place(site="GWADAR-PORT"),
            {"pickup_grid": "18SUJ20"},
            (25.115, 62.328, 1_000),
        ),
        (Place(), {"pickup_grid": "61SDU1234"}, None),
        (Place(), {"unheard_of": "18SUJ23480647"}, None),
        (Place(segment="KKH-SOUTH", km="7"), {}, None),
    ],
)
def test_a_grid_is_a_place_too(
    box: Mailbox,
    place: bulletin_pb2.Place,
    fields: dict[str, str],
    spot: tuple[float, float, int] | None,
) -> None:
    given = bulletin_pb2.Content.FromString(made.content(kind="MEDEVAC"))
    given.place.CopyFrom(place)
    for field, value in fields.items():
        given.details.add(field=field, value=value)
    box.messages.put(message(1, content=given.SerializeToString()))
    noted = [(lat, lon, error) for _, lat, lon, error in tables(box)["spot"]]
    assert noted == ([pytest.approx(spot, abs=5e-5)] if spot else [])


def test_codes_of_a_newer_partner_are_noted_as_they_came(box: Mailbox) -> None:
    box.messages.put(message(1, content=said(threat="LASER", unheard_of="X")))
    assert ("details.threat", "LASER", 1) in tables(box)["fact"]


def test_codes_in_the_rows_of_a_table_are_noted(box: Mailbox) -> None:
    said = bulletin_pb2.Content.FromString(made.content(kind="LIAISON"))
    said.details.add(field="roster", value="post=A;role=DUTY_OFFICER;urdu=NATIVE")
    said.details.add(field="roster", value="post=B;role=DUTY_OFFICER;unheard=X")
    box.messages.put(message(1, content=said.SerializeToString()))
    assert tables(box)["fact"] == [
        ("details.roster.role", "DUTY_OFFICER", 1),
        ("details.roster.urdu", "NATIVE", 1),
    ]


def test_what_opens_late_is_noted_then(box: Mailbox) -> None:
    box.messages.put(
        message(1, content=None, cek=None, verdict="KEY_GONE", entry=head())
    )
    assert tables(box) == NOTHING
    box.messages.put(message(1, content=said(), entry=head()))
    assert tables(box)["owed"] == [(1, OPS, NOW + 5, 0, NOW + 1)]
    assert len(tables(box)["fact"]) == 4


def test_nothing_is_noted_of_what_is_rolled_back(box: Mailbox) -> None:
    with suppress(ZeroDivisionError), box.database.transaction():
        box.messages.put(message(1, content=said(), entry=head()))
        raise ZeroDivisionError
    assert tables(box) == NOTHING


def test_a_desk_climbs_until_nothing_is_owed(box: Mailbox) -> None:
    box.messages.put(message(1, content=said(), entry=head()))
    box.receipts.add(made.receipt(1, "OPENED", NOW + 1, 901))
    box.receipts.add(made.receipt(1, "UNOPENABLE", NOW + 1, 902))
    assert tables(box)["owed"] == [(1, OPS, NOW + 5, 1, NOW + 1)]
    assert not box.messages.row(1).acknowledged
    box.receipts.add(made.receipt(1, "ACKNOWLEDGED", NOW + 2, 903))
    assert tables(box)["owed"] == [(1, OPS, NOW + 5, 2, NOW + 1)]
    assert box.messages.row(1).acknowledged == NOW + 2
    box.receipts.add(made.receipt(1, "COMPLETED", NOW + 3, 904))
    assert tables(box)["owed"] == []
    box.messages.put(message(1, content=said(), entry=head()))
    assert tables(box)["owed"] == []


def test_a_desk_that_is_only_informed_stills_nothing(box: Mailbox) -> None:
    box.messages.put(message(1, content=said(), entry=head()))
    box.receipts.add(made.receipt(1, "COMPLETED", NOW + 1, author=f"duty-1@{INFO}"))
    assert tables(box)["owed"] == [(1, OPS, NOW + 5, 0, NOW + 1)]
    assert not box.messages.row(1).acknowledged
    assert list(box.search.ids("is:unacked")) == [1]


def test_at_a_desk_that_is_only_informed_nothing_is_asked(box: Mailbox) -> None:
    box.messages.put(message(1, content=said(), entry=head(), asks=False))
    assert box.messages.row(1).acknowledge == "NONE"
    assert tables(box)["owed"] == []


def test_receipt_is_met_by_opening(box: Mailbox) -> None:
    asks = made.content(acknowledge="RECEIPT")
    box.messages.put(message(1, content=asks, entry=head()))
    box.receipts.add(made.receipt(1, "OPENED", NOW + 1))
    assert box.messages.row(1).acknowledged == NOW + 1
    assert tables(box)["owed"] == []


def test_what_came_before_its_message_counts(box: Mailbox) -> None:
    box.receipts.add(made.receipt(1, "COMPLETED", NOW + 1))
    box.messages.put(message(1, content=said(), entry=head()))
    assert tables(box)["owed"] == []


def test_a_recall_asks_every_reader_to_act(box: Mailbox) -> None:
    text = bulletin_pb2.Segment(lang="en", text="wrong grid")
    remark = bulletin_pb2.Remark(text=text).SerializeToString()
    box.messages.put(message(1))
    takes_back = head((pb.RELATION_RECALLS, name(1)), kind=pb.KIND_RECALL)
    box.messages.put(message(2, entry=takes_back, content=remark))
    row = box.messages.row(2)
    by = NOW + ROUTINE_GOAL
    assert (row.acknowledge, row.acknowledge_by) == ("ACTION", by)
    assert tables(box)["owed"] == [(2, desk, by, 0, NOW + 1) for desk in (INFO, OPS)]
    assert tables(box)["reference"] == [(2, "RECALLS", name(1))]


def test_what_a_recall_does_not_ask_of_this_desk_stays_unasked(box: Mailbox) -> None:
    remark = bulletin_pb2.Remark(text=bulletin_pb2.Segment(lang="en", text="wrong"))
    takes_back = head((pb.RELATION_RECALLS, name(1)), kind=pb.KIND_RECALL)
    content = remark.SerializeToString()
    box.messages.put(message(1, entry=takes_back, content=content, asks=False))
    assert box.messages.row(1).acknowledge == "NONE"
    assert tables(box)["owed"] == []


def test_terms_of_a_glossary_are_found(box: Mailbox) -> None:
    said = bulletin_pb2.Content.FromString(made.content(kind="GLOSSARY"))
    term = said.terms.add(id="t1")
    term.forms.add(lang="ur", text="پناہ گاہ", status="PREFERRED")
    box.messages.put(message(1, content=said.SerializeToString()))
    assert list(box.search.text("پناه گاه")) == [1]


# The label in force stands in the list's column, in whatever order things come.


NARROWS, RECALLS = pb.RELATION_NARROWS, pb.RELATION_RECALLS
MANY = 1_000


@dataclass(frozen=True)
class Said:
    """A message, by number, that may say something of one with a lower number."""

    number: int
    tlp: int
    relation: int
    about: int
    believed: bool

    def message(self) -> NewMessage:
        recall = self.relation == RECALLS
        entry = made.entry(
            kind=pb.KIND_RECALL if recall else pb.KIND_BULLETIN,
            tlp=self.tlp,
            references=[(self.relation, name(self.about))] if self.about else (),
        )
        content = bulletin_pb2.Remark().SerializeToString() if recall else None
        verdict = "ACCEPTED" if self.believed else "REFERENCES"
        fields = {"entry": entry, "verdict": verdict}
        if content is not None:
            fields["content"] = content
        return message(self.number, **fields)


@st.composite
def stories(draw: st.DrawFn) -> list[Said]:
    said = []
    for number in range(1, draw(st.integers(2, 7)) + 1):
        about = draw(st.integers(0, number - 1))
        relation = draw(st.sampled_from([NARROWS, NARROWS, RECALLS])) if about else 0
        tlp, believed = draw(st.integers(1, 5)), draw(st.integers(0, 5)) > 0
        said.append(Said(number, tlp, relation, about, believed))
    return draw(st.permutations(said))


def check(box: Mailbox) -> None:
    for row in box.messages.page(1, 20):
        held = box.references.handling_of(row.name).label
        assert row.tlp == pb.Tlp.Name(held.tlp).removeprefix("TLP_")
        assert row.number in box.search.ids(f"tlp:{row.tlp}")


@settings(max_examples=30)
@given(stories(), st.data())
def test_the_column_says_how_a_message_is_to_be_handled(
    story: list[Said], data: st.DataObject
) -> None:
    with (
        TemporaryDirectory() as folder,
        closing(Mailbox(Path(folder) / "box.db", KEY)) as box,
    ):
        for said in story:
            box.messages.put(said.message())
            check(box)
        which = name(data.draw(st.integers(1, len(story))))
        box.messages.set_verdict(
            which, data.draw(st.sampled_from(["REFERENCES", "ACCEPTED"]))
        )
        check(box)


def test_however_often_a_bulletin_is_narrowed_each_takes_as_long(
    box: Mailbox,
) -> None:
    """A partner may do it without an end; what is read for it does not grow."""
    box.messages.put(message(1))
    with box.database.transaction():
        for number in range(2, MANY):
            box.messages.put(Said(number, 4, NARROWS, 1, believed=True).message())
    hundreds: list[int] = []  # of steps of SQLite's machine
    box.database._writer.set_progress_handler(lambda: hundreds.append(1), 100)
    box.messages.put(Said(MANY, 5, NARROWS, 1, believed=True).message())
    assert box.messages.row(1).tlp == "RED"
    assert len(hundreds) < 100


def test_what_says_that_it_narrows_itself_holds_nothing_up(box: Mailbox) -> None:
    """No name can be within what it is the hash of; no loop may depend on that."""
    for number, about in ((1, 2), (2, 1), (3, 3)):
        box.messages.put(Said(number, number, NARROWS, about, believed=True).message())
    assert [row.tlp for row in box.messages.page(1, 3)] == [
        "GREEN",
        "GREEN",
        "AMBER",
    ]
