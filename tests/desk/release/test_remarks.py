"""A remark under a policy of two waits for a releaser; a code goes at once."""

from exchange import envelope
from exchange.desk.client import Desk
from exchange.desk.release.decision import give_back, sign_draft
from exchange.desk.release.summary import text_json, text_lines
from exchange.desk.release.waiting_drafts import find, list_awaited, read_draft
from exchange.desk.terminal.desk import TerminalDesk
from exchange.errors import Reason
from exchange.v1 import envelope_pb2 as pb
from tests.desk.bench import Bench, said
from tests.expecting import refusing
from tests.node.world import PK


def test_a_remark_goes_by_a_releaser_and_a_code_alone(
    strict: Bench, chief: Desk
) -> None:
    name = strict.cn.send(said(strict.world.nations[PK])).name
    strict.meet()
    cannot = pb.RELATION_CANNOT_COMPLY
    made = strict.pk.acknowledge(name, pb.RELATION_ACKNOWLEDGED, "Road closed")
    assert strict.pk.state_of(made) == "waiting"
    strict.pk.acknowledge(name, cannot, reason="WEATHER")
    strict.meet()
    (given,) = strict.cn.mailbox.receipts.of(name)
    assert (given.relation, given.reason) == ("CANNOT_COMPLY", "WEATHER")
    assert envelope.split(given.entry).core.clear == b"WEATHER"

    chief.sync()
    assert [one.state for one in list_awaited(chief)] == ["WAITING"]
    draft = find(chief, made.hex())
    entry = read_draft(chief, draft)
    assert "> Road closed" in list(text_lines(entry, bytes.hex))
    assert text_json(entry) == {"remark": ["Road closed"]}
    assert sign_draft(chief, draft) == "local"
    strict.meet()
    strict.meet()
    kinds = {one.relation for one in strict.cn.mailbox.receipts.of(name)}
    assert kinds == {"CANNOT_COMPLY", "ACKNOWLEDGED"}


def test_what_will_wait_is_known_before_it_is_signed(strict: Bench) -> None:
    for precedence, waits in (
        ("PRIORITY", [pb.KIND_TRANSLATION, pb.KIND_RECEIPT]),
        ("FLASH", [pb.KIND_RECEIPT]),
    ):
        draft = said(strict.world.nations[PK], precedence=precedence)
        name = strict.cn.send(draft).name
        strict.meet()
        for desk, expected in ((strict.pk, waits), (strict.cn, [])):
            number = desk.mailbox.messages.row(name).number
            opened = TerminalDesk(desk).read(number)
            assert opened.waiting_answers == expected


def test_a_code_goes_beside_the_same_answer_that_waits(strict: Bench) -> None:
    name = strict.cn.send(said(strict.world.nations[PK])).name
    strict.meet()
    cannot = pb.RELATION_CANNOT_COMPLY
    waiting = strict.pk.acknowledge(name, cannot, "Road closed", "WEATHER")
    assert strict.pk.acknowledge(name, cannot, "Road closed", "WEATHER") == waiting

    sent = strict.pk.acknowledge(name, cannot, reason="WEATHER")

    assert sent != waiting
    strict.meet()
    (given,) = strict.cn.mailbox.receipts.of(name)
    assert given.name == sent
    assert strict.pk.acknowledge(name, cannot, reason="WEATHER") == sent


def test_a_remark_that_is_given_back_can_be_said_anew(
    strict: Bench, chief: Desk
) -> None:
    name = strict.cn.send(said(strict.world.nations[PK])).name
    strict.meet()
    made = strict.pk.acknowledge(name, pb.RELATION_ACKNOWLEDGED, "Road closed")
    chief.sync()

    give_back(chief, find(chief, made.hex()), "INCOMPLETE")

    strict.pk.sync()
    assert strict.pk.state_of(made) == "resign"
    assert [one.code for one in list_awaited(strict.pk)] == ["INCOMPLETE"]
    assert not strict.cn.mailbox.receipts.of(name)
    again = strict.pk.acknowledge(name, pb.RELATION_ACKNOWLEDGED, "Road closed to 4")
    assert again != made
    chief.sync()
    sign_draft(chief, find(chief, again.hex()))
    strict.meet()
    strict.meet()
    (given,) = strict.cn.mailbox.receipts.of(name)
    assert given.name == again


def test_a_remark_that_is_given_back_can_be_signed_again(
    strict: Bench, chief: Desk
) -> None:
    name = strict.cn.send(said(strict.world.nations[PK])).name
    strict.meet()
    made = strict.pk.acknowledge(name, pb.RELATION_ACKNOWLEDGED, "Road closed")
    chief.sync()
    give_back(chief, find(chief, made.hex()), "INCOMPLETE")
    strict.pk.sync()

    again = strict.pk.sign_again(made)

    assert again.state == "waiting"
    assert again.name != made
    chief.sync()
    draft = find(chief, again.name.hex())
    assert text_json(read_draft(chief, draft)) == {"remark": ["Road closed"]}
    sign_draft(chief, draft)
    strict.meet()
    strict.meet()
    (given,) = strict.cn.mailbox.receipts.of(name)
    assert given.name == again.name
    with refusing(Reason.NOT_FOUND):
        strict.pk.sign_again(made)
