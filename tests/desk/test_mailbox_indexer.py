"""What is noted beside a message, also of a file that an earlier edition wrote."""

from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path

import pytest
from msgspec.structs import replace

from exchange.desk.mailbox import (
    Filter,
    Mailbox,
    NewMessage,
    indexer,
    query_plan,
    schema,
)
from exchange.desk.mailbox.folded_threads import FoldedThreads
from exchange.desk.mailbox.indexer import Indexer
from exchange.desk.mailbox.references import References
from exchange.desk.records import Row
from exchange.limits import ROUTINE_GOAL
from exchange.v1 import bulletin_pb2
from exchange.v1 import envelope_pb2 as pb
from tests.desk import made
from tests.desk.made import KEY, NOW, message, name

OPS, INFO = "ops.beijing.cn", "info.karachi.pk"
TABLES = ("reference", "fact", "spot", "owed", "gone")
NOTHING: dict[str, list[object]] = {table: [] for table in TABLES}
ASKED = {OPS: pb.RECIPIENT_CLASS_ACTION, INFO: pb.RECIPIENT_CLASS_INFO}


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Mailbox]:
    mailbox = Mailbox(tmp_path / "mailbox.db", KEY)
    yield mailbox
    mailbox.close()


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


def test_terms_of_a_glossary_are_found(box: Mailbox) -> None:
    said = bulletin_pb2.Content.FromString(made.content(kind="GLOSSARY"))
    term = said.terms.add(id="t1")
    term.forms.add(lang="ur", text="پناہ گاہ", status="PREFERRED")
    box.messages.put(message(1, content=said.SerializeToString()))
    assert list(box.search.text("پناه گاه")) == [1]


# A file of an earlier edition.


def old_file(
    path: Path, messages: list[NewMessage], patch: pytest.MonkeyPatch, edition: int = 1
) -> None:
    """Write what an earlier edition wrote: no marks, and no spot of a grid.

    The first knew no notes at all, and recalls that asked for READ.
    """

    with patch.context() as earlier:
        earlier.setattr(schema, "STEPS", schema.STEPS[:edition])
        earlier.setattr(schema, "VERSION", edition)
        earlier.setattr(Indexer, "index", lambda *_: None)
        earlier.setattr(Indexer, "_note_spot", lambda *_: None)
        earlier.setattr(Indexer, "add", _note_each)
        earlier.setattr(References, "note_gone", lambda *_: None)
        earlier.setattr(References, "note_labels", lambda *_: [])
        earlier.setattr(FoldedThreads, "note", lambda *_: None)
        if edition == 1:
            earlier.setattr(Indexer, "note", lambda *_: None)
        with closing(Mailbox(path, KEY)) as box, box.database.transaction():
            for new in messages:
                box.messages.put(new)
            if edition == 1:
                box.database.write(
                    "UPDATE message SET acknowledge = 'READ' WHERE envelope = 4"
                )


def _note_each(self: Indexer, added: Sequence[tuple[Row, NewMessage]]) -> None:
    for row, _ in added:
        self.note(row.number)


def written() -> list[NewMessage]:
    remark = bulletin_pb2.Remark(text=bulletin_pb2.Segment(lang="en", text="wrong"))
    takes_back = head((pb.RELATION_RECALLS, name(1)), kind=pb.KIND_RECALL)
    return [
        message(1, content=said(threat="ARSON"), entry=head()),
        message(2, content=None, cek=None, verdict="SEAL"),
        message(3, entry=takes_back, content=remark.SerializeToString()),
        *(message(number, content=said(), entry=head()) for number in range(4, 9)),
    ]


LINES = ("convoy", "kind:WARNING", "from:pk lang:en", "near:GWADAR:20km")


@pytest.mark.parametrize("edition", [1, 2])
def test_an_old_file_is_noted_as_if_written_today(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, edition: int
) -> None:
    monkeypatch.setattr(indexer, "FILLED_AT_ONCE", 3)
    old_file(tmp_path / "old.db", written(), monkeypatch, edition)
    with (
        closing(Mailbox(tmp_path / "old.db", KEY)) as old,
        closing(Mailbox(tmp_path / "new.db", KEY)) as new,
    ):
        for each in written():
            new.messages.put(each)
        assert tables(old) == tables(new)
        assert old.messages.page(1, 9) == new.messages.page(1, 9)
        found = {line: list(old.search.ids(line)) for line in LINES}
        assert found == {line: list(new.search.ids(line)) for line in LINES}
        assert all(found.values())
        if edition == 1:  # later ones had the words of codes
            assert (
                list(old.search.text("arson"))
                == list(old.search.text("آتش زنی"))
                == [1]
            )
        assert (
            query_plan.spans(old.database, Filter(after=1))
            == query_plan.spans(new.database, Filter(after=1))
            != []
        )
        for key in (indexer._FILLED, indexer._INDEXED):
            assert old.settings.get(key, "gone") == "gone"


def test_a_chain_of_narrowings_in_an_old_file_is_found_by_the_label_in_force(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What narrows the second is seen only after the first was indexed."""
    chain = [
        message(number, entry=made.entry(tlp=tlp, references=references))
        for number, tlp, references in (
            (1, pb.TLP_GREEN, ()),
            (2, pb.TLP_AMBER, [(pb.RELATION_NARROWS, name(1))]),
            (3, pb.TLP_RED, [(pb.RELATION_NARROWS, name(2))]),
        )
    ]
    edition = schema.STEPS.index(schema._LABELS)
    old_file(tmp_path / "old.db", chain, monkeypatch, edition)
    with closing(Mailbox(tmp_path / "old.db", KEY)) as box:
        assert [row.tlp for row in box.messages.page(1, 3)] == ["RED"] * 3
        assert list(box.search.ids("tlp:RED")) == [3, 2, 1]


def test_what_a_recall_does_not_ask_of_this_desk_stays_unasked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    takes_back = written()[2]
    old_file(tmp_path / "old.db", [replace(takes_back, asks=False)], monkeypatch, 2)
    with closing(Mailbox(tmp_path / "old.db", KEY)) as box:
        assert box.messages.row(1).acknowledge == "NONE"
        assert tables(box)["owed"] == []


def test_a_file_that_was_half_noted_is_noted_from_the_beginning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old_file(tmp_path / "old.db", written(), monkeypatch, 2)
    with monkeypatch.context() as earlier:
        earlier.setattr(schema, "STEPS", schema.STEPS[:2])
        earlier.setattr(schema, "VERSION", 2)
        earlier.setattr(indexer, "_FILLED", "not yet")
        with closing(Mailbox(tmp_path / "old.db", KEY)) as box:
            box.settings.set("mailbox:filled", "6")
    with closing(Mailbox(tmp_path / "old.db", KEY)) as box:
        assert list(box.search.ids("near:GWADAR:20km")) == [8, 7, 6, 5, 4, 1]


def test_noting_goes_on_where_it_was_interrupted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "old.db"
    monkeypatch.setattr(indexer, "FILLED_AT_ONCE", 3)
    old_file(path, written(), monkeypatch)
    note, seen = Indexer.note, list[int]()

    def fail_at_five(self: Indexer, number: int) -> None:
        seen.append(number)
        if seen.count(5) == 1 and number == 5:
            raise KeyboardInterrupt
        note(self, number)

    monkeypatch.setattr(Indexer, "note", fail_at_five)
    with pytest.raises(KeyboardInterrupt):
        Mailbox(path, KEY)
    with closing(Mailbox(path, KEY)) as box:
        assert seen == [1, 2, 3, 4, 5, 4, 5, 6, 7, 8]
        assert box.database.count() == len(tables(box)["spot"]) + 2


def test_two_that_open_an_old_file_share_the_noting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "old.db"
    old_file(path, written(), monkeypatch)
    with monkeypatch.context() as idle:
        idle.setattr(Indexer, "_fill_batch", lambda *_: False)
        first = Mailbox(path, KEY)
    with closing(first), closing(Mailbox(path, KEY)) as second:
        late = Indexer(first.database, first.references, first.folded_threads)
        assert not late._fill_batch(indexer._FILLED, late._note_anew)
        assert len(tables(second)["spot"]) == 6


def test_a_new_file_has_nothing_to_note_anew(tmp_path: Path) -> None:
    with closing(Mailbox(tmp_path / "mailbox.db", KEY)) as box:
        assert box.settings.get("mailbox:filled", "none") == "none"
