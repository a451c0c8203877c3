"""The label in force stands in the list's column, in whatever order things come."""

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.desk.mailbox import Mailbox, NewMessage
from exchange.v1 import bulletin_pb2
from exchange.v1 import envelope_pb2 as pb
from tests.desk import made
from tests.desk.made import KEY, message, name

NARROWS, RECALLS = pb.RELATION_NARROWS, pb.RELATION_RECALLS
MANY = 2_000


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


@settings(max_examples=60)
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
