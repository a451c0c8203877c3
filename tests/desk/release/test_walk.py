"""A draft goes from its author to its node, to a releaser, and on or back."""

from collections.abc import Iterator

import pytest

from exchange import envelope
from exchange.desk.client import Desk
from exchange.desk.link.draft_faults import HIDDEN
from exchange.desk.mailbox import NONE
from exchange.desk.mailbox.outbox import RESIGN
from exchange.desk.outgoing import enqueue
from exchange.desk.release.decision import give_back, sign_draft
from exchange.desk.release.redraft import send_instead
from exchange.desk.release.release_note import release_line, release_note
from exchange.desk.release.summary import text_json, text_lines
from exchange.desk.release.waiting_drafts import find, list_awaited, read_draft
from exchange.desk.terminal.desk import TerminalDesk
from exchange.errors import Reason
from exchange.limits import DAY
from exchange.node.posture import Posture
from exchange.v1 import bulletin_pb2
from exchange.v1 import envelope_pb2 as pb
from tests.desk.bench import CHINA, Bench, client, refers, said
from tests.desk.releasers import WATCH, reviewer, sign, turn_down
from tests.desk.test_erased import TRANSLATED, WORD
from tests.expecting import present, refusing

CHIEF, REVIEWER = "duty-2@ops.islamabad.pk", f"duty-1@{WATCH}"


@pytest.fixture
def watch(strict: Bench) -> Iterator[Desk]:
    """The desk that is named to review."""
    with reviewer(strict) as desk:
        yield desk


def waiting(bench: Bench, text: str = "Convoy delayed", **changes: object) -> bytes:
    sent = bench.pk.send(said(CHINA, text, **changes))
    assert sent.state == "waiting"
    return sent.name


def states(desk: Desk) -> list[str]:
    return [one.state for one in list_awaited(desk)]


def listed(desk: Desk) -> list[str]:
    """The states that the terminal's list shows, the oldest bulletin first."""
    return [row.state for row in TerminalDesk(desk).page(1, 9)]


def test_it_waits_at_its_node_alone_until_a_colleague_releases_it(
    strict: Bench, chief: Desk
) -> None:
    name = waiting(strict)
    strict.meet()
    assert strict.pk.mailbox.messages.row(name).state == "waiting"
    assert not strict.cn.mailbox.messages.knows(name)
    assert [(one.state, one.may_sign) for one in list_awaited(chief)] == [
        ("WAITING", True)
    ]
    strict.pk.sync()
    assert strict.pk.draft_faults() == {}
    assert sign(chief, name) == "local"
    strict.meet()
    strict.meet()
    for desk in (strict.pk, strict.cn):
        message = desk.mailbox.messages.read(name)
        assert message.row.verdict == "ACCEPTED"
        roles = [one.role for one in envelope.split(message.entry).signatures]
        assert roles == ["author", "releaser"]
        note = present(release_note(desk, message))
        assert (note.by, note.place) == (CHIEF, message.row.index)
        assert note.at
        assert CHIEF in release_line(note, "islamabad.pk#9")
    assert states(strict.pk) == states(chief) == []
    assert strict.pk.draft_faults() == chief.draft_faults() == {}


def test_another_desk_releases_it(strict: Bench, watch: Desk) -> None:
    name = waiting(strict, review=WATCH)
    watch.sync()
    (one,) = list_awaited(watch)
    assert (one.own, one.subject) == (False, "Convoy delayed")
    assert sign_draft(watch, find(watch, name.hex())) == "local"
    strict.meet()
    watch.sync()
    note = present(release_note(strict.pk, strict.pk.mailbox.messages.read(name)))
    assert note.by == REVIEWER
    assert strict.cn.mailbox.messages.row(name).verdict == "ACCEPTED"
    assert watch.mailbox.messages.row(name).verdict == "ACCEPTED"
    assert states(watch) == states(strict.pk) == []
    assert watch.draft_faults() == strict.pk.draft_faults() == {}


def test_it_is_given_back_and_mended(strict: Bench, watch: Desk) -> None:
    name = waiting(strict, review=WATCH)
    number = strict.pk.mailbox.numbers.next(["ops.beijing.cn"])["ops.beijing.cn"]
    turn_down(watch, name, "INCOMPLETE")
    strict.pk.sync()
    assert strict.pk.mailbox.messages.row(name).state == "returned"
    (one,) = list_awaited(strict.pk)
    assert (one.code, one.returned_by) == ("INCOMPLETE", REVIEWER)
    mended = said(CHINA, "Convoy delayed at Besham", review=WATCH)
    assert listed(strict.pk) == ["returned"]
    new = send_instead(strict.pk, name, mended)
    assert new.state == "waiting"
    assert listed(strict.pk) == ["replaced", "waiting"]
    assert states(strict.pk) == ["WAITING"], "the old one is out of the way"
    sign(watch, new.name)
    strict.meet()
    assert strict.cn.mailbox.messages.row(new.name).subject.endswith("Besham")
    assert not strict.cn.mailbox.messages.knows(name)
    after = strict.pk.mailbox.numbers.next(["ops.beijing.cn"])["ops.beijing.cn"]
    assert after == number, "no number is missing"
    assert strict.cn.mailbox.numbers.gaps() == []


def test_what_is_mended_takes_all_along_and_leaves_nothing_behind(
    strict: Bench, chief: Desk
) -> None:
    """Its translations go with it; the saved form goes; a recall waits to be signed."""
    name = waiting(strict)
    turn_down(chief, name, "INCOMPLETE")
    strict.pk.sync()
    recall = strict.pk.recall(name, "WRONG_CONTENT").name
    box = strict.pk.mailbox
    mark = box.drafts.save(strict.pk.officer.name, NONE, b"a form", strict.now)
    mended = said(CHINA, WORD, translations=[TRANSLATED])
    new = send_instead(strict.pk, name, mended, mark).name
    assert box.drafts.of(strict.pk.officer.name) == []
    chief.sync()
    assert len(list_awaited(chief)) == 2
    for one in list_awaited(chief):
        sign_draft(chief, find(chief, one.name.hex()))
    strict.meet()
    strict.meet()
    (translation,) = strict.cn.mailbox.translations.of(new)
    assert translation.lang == "zh-Hans"
    kept = present(box.outbox.find(recall))
    assert kept.hold_reason == RESIGN


def test_the_number_to_a_desk_that_is_left_out_is_not_given_again(
    strict: Bench, chief: Desk, watch: Desk
) -> None:
    info = [watch.officer.desk]
    name = waiting(strict, info=info)
    (number,) = strict.pk.mailbox.numbers.next(info).values()
    turn_down(chief, name, "LABEL")
    strict.pk.sync()
    mended = said(CHINA, "To one desk alone")
    assert send_instead(strict.pk, name, mended).state == "waiting"
    assert list(strict.pk.mailbox.numbers.next(info).values()) == [number]


def test_what_takes_its_place_is_not_for_a_nation_that_is_sent_nothing(
    strict: Bench, chief: Desk
) -> None:
    name = waiting(strict)
    turn_down(chief, name, "OTHER")
    strict.world.pk.node.posture = Posture(suspended={"cn": strict.now})
    strict.pk.sync()
    with refusing(Reason.SUSPENDED):
        send_instead(strict.pk, name, said(CHINA, "Mended"))
    assert strict.pk.mailbox.messages.row(name).state == "returned"


def test_what_was_given_back_while_an_officer_read_it_is_not_signed(
    strict: Bench, chief: Desk
) -> None:
    name = waiting(strict)
    chief.sync()
    read = find(chief, name.hex())
    give_back(chief, find(chief, name.hex()), "OTHER")
    with refusing(Reason.NOT_FOUND):
        sign_draft(chief, read)
    assert chief.mailbox.messages.row(name).state == "returned"


def test_it_is_signed_again_as_it_was(strict: Bench, chief: Desk) -> None:
    name = waiting(strict)
    turn_down(chief, name, "NOT_NOW")
    strict.pk.sync()
    new = strict.pk.sign_again(name)
    assert new.state == "waiting"
    sign(chief, new.name)
    strict.meet()
    assert strict.cn.mailbox.messages.row(new.name).subject == "Convoy delayed"


def test_nobody_signs_it_and_it_lapses(strict: Bench, chief: Desk) -> None:
    name = waiting(strict)
    strict.now += 31 * DAY
    strict.world.pk.now += 31 * DAY
    strict.pk.sync()
    chief.sync()
    assert strict.pk.mailbox.messages.row(name).state == "lapsed"
    assert states(strict.pk) == states(chief) == []
    with refusing(Reason.NOT_FOUND):
        sign_draft(chief, find(chief, name.hex()))


def test_of_a_release_and_a_return_one_is_first(strict: Bench, chief: Desk) -> None:
    """With the node away both were done at once; only one of them stands."""
    with reviewer(strict) as other:
        name = waiting(strict, review=WATCH)
        chief.sync()
        other.sync()
        client(other).down = True
        give_back(other, find(other, name.hex()), "LABEL")
        sign_draft(chief, find(chief, name.hex()))
        client(other).down = False
        strict.meet()
        other.sync()
        assert strict.cn.mailbox.messages.row(name).verdict == "ACCEPTED"
        assert strict.pk.mailbox.messages.row(name).index is not None
        assert states(strict.pk) == states(other) == states(chief) == []
        assert strict.pk.draft_faults() == other.draft_faults() == {}


def test_a_node_that_lost_it_gets_it_again_and_one_that_hides_it_is_named(
    strict: Bench, chief: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = waiting(strict)
    with monkeypatch.context() as patch:
        patch.setattr("tests.desk.bench.DraftWatch.news", lambda _: [])
        strict.pk.sync()
        assert strict.pk.draft_faults() == {}
        strict.pk.sync()
        assert strict.pk.draft_faults() == {name.hex(): HIDDEN}
    strict.pk.sync()
    strict.pk.sync()
    assert strict.pk.draft_faults() == {}
    assert states(chief) == ["WAITING"]


def test_what_a_draft_says_of_others_does_not_count_yet(
    strict: Bench, chief: Desk
) -> None:
    first = waiting(strict)
    sign(chief, first)
    strict.meet()
    told = refers("SUPERSEDES", first)
    name = waiting(strict, "Convoy cancelled", references=told)
    assert strict.pk.mailbox.references.marking([first]) == []
    sign(chief, name)
    strict.meet()
    assert [x.name for x in strict.pk.mailbox.references.marking([first])] == [name]


def test_a_number_of_what_lapsed_is_not_given_again(strict: Bench, chief: Desk) -> None:
    waiting(strict)
    later = waiting(strict, "Convoy on its way")
    sign(chief, later)
    strict.meet()
    (gap,) = strict.cn.mailbox.numbers.gaps()
    assert list(gap.numbers) == [1], "it may still come"
    strict.now += 31 * DAY
    strict.world.pk.now += 31 * DAY
    strict.pk.sync()
    client(strict.pk).down = True  # so that nothing is said of an older key
    name = strict.send("Another")
    content = strict.pk.mailbox.messages.read(name).content
    (number,) = bulletin_pb2.Content.FromString(content or b"").numbers
    assert number.number == 3
    next_one = strict.pk.mailbox.numbers.next(["ops.beijing.cn"])
    assert next_one == {"ops.beijing.cn": 4}


def test_a_draft_that_its_node_refuses_waits_for_nobody(
    strict: Bench, chief: Desk
) -> None:
    client(strict.pk).down = True
    draft = said(CHINA)
    with strict.pk.mailbox.database.transaction():
        made, _ = strict.pk.compose(draft)
        made.envelope.body += b"?"  # it is not what was signed
        enqueue.keep(strict.pk.mailbox, made, strict.pk.officer.name, strict.now)
    assert states(chief) == ["DRAFTED"]
    client(strict.pk).down = False
    strict.pk.sync()
    assert strict.pk.mailbox.messages.row(made.name).state == "refused"
    assert states(strict.pk) == states(chief) == []
    assert strict.pk.mailbox.releases.all() == []


# A remark under a policy of two waits for a releaser; a code goes at once.


def test_a_remark_goes_by_a_releaser_and_a_code_alone(
    strict: Bench, chief: Desk
) -> None:
    name = strict.send_back()
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
        name = strict.send_back(precedence=precedence)
        strict.meet()
        for desk, expected in ((strict.pk, waits), (strict.cn, [])):
            number = desk.mailbox.messages.row(name).number
            opened = TerminalDesk(desk).read(number)
            assert opened.waiting_answers == expected


def test_a_code_goes_beside_the_same_answer_that_waits(strict: Bench) -> None:
    name = strict.send_back()
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


@pytest.mark.parametrize("same", [False, True], ids=["said anew", "signed again"])
def test_a_remark_that_is_given_back_can_go_again(
    strict: Bench, chief: Desk, *, same: bool
) -> None:
    name = strict.send_back()
    strict.meet()
    made = strict.pk.acknowledge(name, pb.RELATION_ACKNOWLEDGED, "Road closed")

    turn_down(chief, made, "INCOMPLETE")

    strict.pk.sync()
    assert strict.pk.state_of(made) == "resign"
    assert [one.code for one in list_awaited(strict.pk)] == ["INCOMPLETE"]
    assert not strict.cn.mailbox.receipts.of(name)
    words = "Road closed" if same else "Road closed to 4"
    again = (
        strict.pk.sign_again(made).name
        if same
        else strict.pk.acknowledge(name, pb.RELATION_ACKNOWLEDGED, words)
    )
    assert strict.pk.state_of(again) == "waiting"
    assert again != made
    chief.sync()
    draft = find(chief, again.hex())
    assert text_json(read_draft(chief, draft)) == {"remark": [words]}
    sign_draft(chief, draft)
    strict.meet()
    strict.meet()
    (given,) = strict.cn.mailbox.receipts.of(name)
    assert given.name == again
    if same:
        with refusing(Reason.NOT_FOUND):
            strict.pk.sign_again(made)
