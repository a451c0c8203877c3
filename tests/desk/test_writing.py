"""What the terminal asks of a desk about what is being written."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from exchange.bulletin.content import encode, from_json
from exchange.bulletin.draft import acknowledgement
from exchange.bulletin.route_commitment import value
from exchange.desk.client import Desk
from exchange.desk.mailbox import Mailbox
from exchange.desk.mailbox.sources import Grade
from exchange.desk.outgoing import sources
from exchange.desk.terminal.desk import TerminalDesk
from exchange.envelope import padded_size
from exchange.errors import Reason, Refusal
from exchange.translation.steps import Put
from tests.bulletin.examples import example
from tests.desk.bench import Bench, said
from tests.expecting import refusing
from tests.node.world import CN


@pytest.fixture
def view(bench: Bench) -> Iterator[TerminalDesk]:
    yield TerminalDesk(bench.pk)
    bench.pk.mailbox.database.on_change.clear()


def test_a_review_says_that_a_route_will_be_drawn_and_draws_none(
    bench: Bench, view: TerminalDesk
) -> None:
    draft = from_json(example("MOVEMENT"))
    review = view.review(draft)
    assert review.draws == 2
    assert not value(review.draft.content, "draw")
    name = view.submit(draft)
    sent = view.read(bench.pk.mailbox.messages.row(name).number).content
    assert sent is not None
    assert value(sent, "draw")
    assert review.size == padded_size(len(encode(sent)))
    again = from_json(example("MOVEMENT") | {"references": refers("UPDATES", name)})
    assert view.review(again).draws == 0


def refers(relation: str, name: bytes) -> list[dict[str, str]]:
    return [{"relation": relation, "name": name.hex()}]


def test_what_is_asked_is_shown_as_it_will_be_sealed(
    bench: Bench, view: TerminalDesk
) -> None:
    first = bench.send()
    draft = said(bench.world.nations[CN], references=refers("CORRECTS", first))
    draft.content.ClearField("request")
    review = view.review(draft)
    assert acknowledgement(review.draft.content) == "READ"
    assert review.draft.content.request.acknowledge_by > review.at


def test_a_route_is_revealed_once(bench: Bench, view: TerminalDesk) -> None:
    view.submit(from_json(example("MOVEMENT")))
    assert view.drawn_route(1) in {"A", "B"}
    told = view.reveal(1)
    assert view.drawn_route(1) == ""
    assert view.reveal(1) == told
    with refusing(Reason.NOT_FOUND):
        view.reveal(9)
    bench.meet()
    partner = TerminalDesk(bench.cn)
    assert [partner.drawn_route(n) for n in (1, 2)] == ["", ""]


def test_sources_come_with_their_grades_and_names_with_their_rows(
    bench: Bench, view: TerminalDesk
) -> None:
    officer = bench.pk.officer.name
    for code, grade in (("PK-H-07", "B"), ("PK-T-11", "D")):
        sources.add(bench.pk.mailbox, code, Grade(1_000, grade, officer, ""))
    assert view.sources() == [("PK-H-07", "B"), ("PK-T-11", "D")]
    name = bench.send()
    row = view.about(name)
    assert row is not None
    assert (row.number, row.kind, row.subject) == (1, "SITREP", "Convoy delayed")
    assert view.about(bytes(32)) is None


# Drafts.


def texts(view: TerminalDesk) -> list[str]:
    return [draft.text for draft in view.drafts()]


def test_drafts_are_kept_by_officer(bench: Bench, view: TerminalDesk) -> None:
    mark = view.save_draft((0, 0), "گاڑی")
    view.save_draft((0, 0), "two")
    view.drop_draft(view.drafts()[0].mark)
    bench.reopen()
    assert [(d.mark, d.text) for d in TerminalDesk(bench.pk).drafts()] == [
        (mark, "گاڑی")
    ]


def test_a_draft_goes_in_the_write_that_queues_what_was_signed(
    bench: Bench, view: TerminalDesk
) -> None:
    """Whatever ends it in between: it is a draft, or it is sent, and never both."""
    box, seen = bench.pk.mailbox, list[tuple[int, int]]()
    other = Mailbox(
        box.database._path, box.database._key
    )  # as after a kill: what is on disk
    mark = view.save_draft((0, 0), "to be sent")
    left = view.save_draft((0, 0), "another")

    def note(*_: object) -> None:
        seen.append(
            (len(other.drafts.of(bench.pk.officer.name)), other.database.count())
        )

    with closing(other):
        box.database._writer.set_trace_callback(note)
        name = view.submit(said(bench.world.nations[CN]), mark)
        box.database._writer.set_trace_callback(None)
    assert set(seen) == {(2, 0), (1, 1)}
    assert [draft.mark for draft in view.drafts()] == [left]
    assert box.messages.knows(name)


def test_what_may_not_be_sent_stays_a_draft(bench: Bench, view: TerminalDesk) -> None:
    mark = view.save_draft((0, 0), "to be sent")
    draft = said(bench.world.nations[CN], references=refers("CORRECTS", bytes(32)))
    with pytest.raises(Refusal):
        view.submit(draft, mark)
    assert texts(view) == ["to be sent"]


def test_a_draft_goes_in_the_write_that_puts_in_what_was_translated(
    bench: Bench, staff: list[Desk]
) -> None:
    bench.pk.send(said(bench.world.nations[CN]))
    bench.meet()
    view = TerminalDesk(bench.cn)
    work = view.translate(1, "ur")
    mark = view.save_draft((0, 0), "typed")
    with pytest.raises(Refusal):
        work.put({"no such segment": Put("متن")}, mark)
    assert texts(view) == ["typed"]
    for piece in work.pieces():
        work.put({piece.source.id: Put("متن")}, mark)
    assert texts(view) == []
    work.confirm([f.key for p in work.pieces() for f in p.findings if f.answerable])
    colleague = TerminalDesk(staff[0])
    back = colleague.translate(1, "ur")
    mark = colleague.save_draft((0, 0), "said")
    assert texts(view) == [], "another officer's"
    with pytest.raises(Refusal):
        back.put_back({}, mark)
    assert texts(colleague) == ["said"]
