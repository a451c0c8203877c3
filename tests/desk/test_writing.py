"""What the terminal asks of a desk about what is being written."""

from collections.abc import Iterator

import pytest

from exchange.bulletin.content import encode, from_json
from exchange.bulletin.draft import acknowledgement
from exchange.bulletin.drawing import value
from exchange.desk.mailbox.sources import Grade
from exchange.desk.outgoing import sources
from exchange.desk.terminal.view import View
from exchange.envelope import padded_size
from exchange.errors import Reason, Refusal
from tests.bulletin.examples import example
from tests.desk.bench import Bench, said
from tests.node.world import CN


@pytest.fixture
def view(bench: Bench) -> Iterator[View]:
    yield View(bench.pk)
    bench.pk.mailbox.on_change.clear()


def test_a_review_says_that_a_route_will_be_drawn_and_draws_none(
    bench: Bench, view: View
) -> None:
    draft = from_json(example("MOVEMENT"))
    review = view.review(draft)
    assert review.draws == 2
    assert not value(review.draft.content, "draw")
    name = view.submit(draft)
    sent = view.read(bench.pk.mailbox.row(name).number).content
    assert sent is not None
    assert value(sent, "draw")
    assert review.size == padded_size(len(encode(sent)))
    again = from_json(example("MOVEMENT") | {"references": refers("UPDATES", name)})
    assert view.review(again).draws == 0


def refers(relation: str, name: bytes) -> list[dict[str, str]]:
    return [{"relation": relation, "name": name.hex()}]


def test_what_is_asked_is_shown_as_it_will_be_sealed(bench: Bench, view: View) -> None:
    first = bench.pk.send(said(bench.world.nations[CN])).name
    draft = said(bench.world.nations[CN], references=refers("CORRECTS", first))
    draft.content.ClearField("request")
    review = view.review(draft)
    assert acknowledgement(review.draft.content) == "READ"
    assert review.draft.content.request.acknowledge_by > review.at


def test_a_route_is_revealed_once(bench: Bench, view: View) -> None:
    view.submit(from_json(example("MOVEMENT")))
    assert view.drawn(1) in {"A", "B"}
    told = view.reveal(1)
    assert view.drawn(1) == ""
    assert view.reveal(1) == told
    with pytest.raises(Refusal) as refused:
        view.reveal(9)
    assert refused.value.reason is Reason.NOT_FOUND
    bench.meet()
    partner = View(bench.cn)
    assert [partner.drawn(n) for n in (1, 2)] == ["", ""]


def test_sources_come_with_their_grades_and_names_with_their_rows(
    bench: Bench, view: View
) -> None:
    officer = bench.pk.officer.name
    for code, grade in (("PK-H-07", "B"), ("PK-T-11", "D")):
        sources.add(bench.pk.mailbox, code, Grade(1_000, grade, officer, ""))
    assert view.sources() == [("PK-H-07", "B"), ("PK-T-11", "D")]
    name = bench.pk.send(said(bench.world.nations[CN])).name
    row = view.about(name)
    assert row is not None
    assert (row.number, row.kind, row.subject) == (1, "SITREP", "Convoy delayed")
    assert view.about(bytes(32)) is None
