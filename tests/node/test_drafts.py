"""Drafts wait at their own node for a second officer, and nowhere else."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from exchange import envelope
from exchange.errors import Reason, Refusal
from exchange.limits import CLOSED_DRAFTS_KEPT, COUNTERSIGN_WITHIN
from exchange.node import drafts, express_inbox, express_outbox, upkeep
from exchange.node.alarms import alarms
from exchange.node.desk_watch import DeskWatch
from exchange.node.effects import LoadExpress
from exchange.trust.return_call import sign_return
from exchange.v1 import desk_service_pb2 as desk_pb
from exchange.v1 import envelope_pb2 as pb
from exchange.v1 import exchange_service_pb2 as rpc
from keys.signing import Signer
from tests.expecting import refusing
from tests.node.drafting import (
    CHIEF,
    DUTY,
    DUTY_AUTHOR,
    FAR,
    OPS,
    OTHER,
    REVIEWER,
    STRANGER,
    TWICE,
    WATCH,
    Drafted,
    drafted,
    enrol_releasers,
    give_back,
    hand,
    state,
    told,
)
from tests.node.world import CN, PK, World, bulletin, directory, policy, receipt, world
from tests.trust.nation import DAY, ed, key

REVIEW = 4
LOAD = LoadExpress(0, 0, 0, 0, frozenset(), frozenset(), 8)
REFERENCE = pb.Reference(relation=pb.RELATION_ANSWERS, name=bytes(32))


@pytest.fixture
def made(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as found:
        enrol_releasers(found.pk)
        found.meet()
        yield found


def size(made: World) -> int:
    return made.pk.store.logs.size(made.pk.node.origin)


def text_at(made: World, index: int) -> bytes:
    (stored,) = made.pk.store.entries.page(made.pk.node.origin, index, 1)
    return stored.body


def test_a_draft_waits_in_no_log_and_is_released_at_its_place(made: World) -> None:
    one, before = drafted(made), size(made)

    answer = hand(made.pk, OPS, one.draft)

    assert (answer.awaits_release, answer.reason, answer.name) == (True, "", one.name)
    assert size(made) == before
    assert state(made.pk, one.name) == "WAITING"
    assert told(made.pk, OPS)[one.name].envelope == one.draft

    placed = hand(made.pk, OPS, one.released())

    assert (placed.index, placed.reason, placed.name) == (before, "", one.name)
    assert not placed.awaits_release
    assert text_at(made, before) == one.sealed.body
    after = told(made.pk, OPS)[one.name]
    assert (after.state, after.index) == (desk_pb.DRAFT_STATE_RELEASED, before)
    assert after.envelope.entry == one.draft.entry
    assert not after.envelope.wraps
    assert not after.envelope.body
    made.meet()
    (there,) = made.cn.store.entries.page(made.pk.node.origin, before, 1)
    assert (there.reason, there.body) == ("", one.sealed.body)


def test_each_call_may_be_repeated(made: World) -> None:
    one = drafted(made)

    drafts_ = [hand(made.pk, OPS, one.draft) for _ in range(3)]
    assert drafts_ == drafts_[:1] * 3
    placed = [hand(made.pk, OPS, one.released()) for _ in range(3)]
    assert placed == placed[:1] * 3
    assert hand(made.pk, OPS, one.draft).index == placed[0].index

    other = drafted(made, text=b"other")
    hand(made.pk, OPS, other.draft)
    call = give_back(made.pk, OPS, other.name)
    drafts.return_draft(made.pk.node, OPS, call)
    assert told(made.pk, OPS)[other.name].returned == call


def test_what_waits_is_handed_over_again_by_its_own_desk_alone(made: World) -> None:
    one = drafted(made, named=((DUTY, REVIEW),))
    hand(made.pk, OPS, one.draft)

    for desk in (DUTY, WATCH):
        answer = hand(made.pk, desk, one.draft)
        assert (answer.reason, answer.awaits_release) == ("METHOD", False)


def test_the_desk_in_class_review_sees_and_releases_it(made: World) -> None:
    one = drafted(made, named=((DUTY, REVIEW),))
    hand(made.pk, OPS, one.draft)

    assert [state(made.pk, one.name, desk) for desk in (OPS, DUTY, WATCH)] == [
        "WAITING",
        "WAITING",
        "",
    ]
    assert not hand(made.pk, DUTY, one.released(REVIEWER)).reason
    assert state(made.pk, one.name, DUTY) == "RELEASED"


def test_what_was_given_back_is_released_no_more(made: World) -> None:
    one = drafted(made, named=((DUTY, REVIEW),))
    hand(made.pk, OPS, one.draft)
    before = size(made)

    call = give_back(made.pk, DUTY, one.name, REVIEWER, desk_pb.RETURN_CODE_NOT_NOW)

    found = told(made.pk, OPS)[one.name]
    assert (found.state, found.returned) == (desk_pb.DRAFT_STATE_RETURNED, call)
    assert not found.envelope.body
    for sent in (one.draft, one.released(), one.released(text=True)):
        answer = hand(made.pk, OPS, sent)
        assert (answer.reason, answer.later, answer.awaits_release) == (
            "RELEASE",
            False,
            False,
        )
    with refusing(Reason.RELEASE):
        give_back(made.pk, OPS, one.name)
    assert size(made) == before


def test_nothing_is_kept_of_a_return_but_what_was_signed(made: World) -> None:
    """Every Watch brings it again, and a call may be as long as the port takes."""
    one = drafted(made)
    hand(made.pk, OPS, one.draft)
    call = sign_return(one.name, desk_pb.RETURN_CODE_OTHER, made.pk.now, CHIEF)
    signed = call.SerializeToString()
    call.MergeFromString(b"\xfa\x01\x80\x80\x04" + bytes(1 << 16))  # field 31

    drafts.return_draft(made.pk.node, OPS, call)

    (kept,) = made.pk.store.drafts.all()
    assert kept.returned == signed


def test_it_lapses_by_two_clocks_and_never_by_one(made: World) -> None:
    one = drafted(made)
    hand(made.pk, OPS, one.draft)
    expires = envelope.split(one.draft.entry).core.expires

    made.pk.now = expires + 1  # this node's clock alone
    upkeep.tick(made.pk.node)
    assert state(made.pk, one.name) == "WAITING"
    made.pk.reach(expires)
    drafts.lapse(made.pk.node)
    assert state(made.pk, one.name) == "WAITING"
    made.pk.reach(expires + 2)
    drafts.lapse(made.pk.node)

    assert state(made.pk, one.name) == "LAPSED"
    assert one.sealed.body not in files_of_pk(made)
    assert hand(made.pk, OPS, one.released(text=True)).reason == "RELEASE"
    made.pk.reach(expires + CLOSED_DRAFTS_KEPT + 2)
    drafts.lapse(made.pk.node)
    assert told(made.pk, OPS) == {}


def files_of_pk(made: World) -> bytes:
    made.pk.store.retention.empty_wal()
    return (made.folder / f"{PK}.db").read_bytes()


def test_a_wall_clock_that_jumps_lets_nothing_lapse(made: World) -> None:
    one = drafted(made)
    hand(made.pk, OPS, one.draft)

    made.restart_pk(step=400 * DAY)
    made.greet()
    upkeep.tick(made.pk.node)

    assert state(made.pk, one.name) == "WAITING"


def test_the_node_starts_again_and_it_waits_still(made: World) -> None:
    one, gone = drafted(made), drafted(made, text=b"gone")
    for each in (one, gone):
        hand(made.pk, OPS, each.draft)
    call = give_back(made.pk, OPS, gone.name)

    made.reopen()

    assert state(made.pk, one.name) == "WAITING"
    assert told(made.pk, OPS)[gone.name].returned == call
    assert not hand(made.pk, OPS, one.released()).reason


def test_a_watch_tells_each_change_once(made: World) -> None:
    watch = DeskWatch(made.pk.node, OPS, made.pk.store.arrivals.newest())
    one = drafted(made)
    hand(made.pk, OPS, one.draft)

    def changes() -> list[int]:
        found: list[int] = []
        while (page := watch.next_page()[0]) is not None:
            found += [draft.state for draft in page.drafts]
        return found

    assert changes() == [desk_pb.DRAFT_STATE_WAITING]
    assert changes() == []
    give_back(made.pk, OPS, one.name)
    assert changes() == [desk_pb.DRAFT_STATE_RETURNED]


# Nobody else learns of it.


def test_a_node_that_may_not_sign_takes_none(made: World) -> None:
    """What waits for a place there travels ahead of its log, if it is urgent."""
    stop_signing(made)
    one = drafted(made, fields={"precedence": pb.PRECEDENCE_FLASH})

    answer = hand(made.pk, OPS, one.draft)

    assert (answer.reason, answer.later, answer.waiting) == ("BUSY", True, False)
    assert made.pk.store.desk_queue.count_pending() == 0
    assert told(made.pk, OPS) == {}


def stop_signing(made: World) -> None:
    made.reopen(greet=False)
    made.pk.node.startup.heard_enough = lambda now: now < 0  # type: ignore[method-assign]


def test_a_release_that_waits_for_its_place_counts(made: World) -> None:
    """It may have travelled ahead of its log: nothing takes it back."""
    one = drafted(made)
    hand(made.pk, OPS, one.draft)
    expires = envelope.split(one.draft.entry).core.expires
    stop_signing(made)
    assert hand(made.pk, OPS, one.released()).waiting

    with refusing(Reason.RELEASE):
        give_back(made.pk, OPS, one.name)
    made.pk.store.drafts.lapse(expires + 1, expires + 1)

    assert state(made.pk, one.name) == "WAITING"


def test_what_was_given_back_does_not_wait_for_a_place(made: World) -> None:
    one = drafted(made, fields={"precedence": pb.PRECEDENCE_FLASH})
    hand(made.pk, OPS, one.draft)
    give_back(made.pk, OPS, one.name)
    stop_signing(made)

    answer = hand(made.pk, OPS, one.released(text=True))

    assert (answer.reason, answer.later, answer.waiting) == ("RELEASE", False, False)
    assert made.pk.store.desk_queue.count_pending() == 0


def test_what_nobody_released_goes_ahead_of_no_log(made: World) -> None:
    """It is kept while keys may be missing here, and so might be sent before."""
    urgent = {"precedence": pb.PRECEDENCE_FLASH, "mode": pb.MODE_ACTUAL}
    texts = (b"unknown", b"nobody", b"released")
    unknown, nobody, right = (drafted(made, text=t, fields=urgent) for t in texts)
    stop_signing(made)
    authors = [nobody.by_author, ("author", DUTY_AUTHOR)]
    for sent in (
        unknown.released(STRANGER, text=True),
        envelope.sign(nobody.sealed, authors),
        right.released(text=True),
    ):
        assert hand(made.pk, OPS, sent).waiting

    found = express_outbox.load_due(made.pk.node, CN, LOAD).due

    assert [one.name for one in found] == [right.name]


# Hostile desks and officers.

BAD_DRAFTS = {
    "a desk that did not write it": (WATCH, {}, "METHOD"),
    "a desk in class REVIEW hands it over": (
        DUTY,
        {"named": ((DUTY, REVIEW),)},
        "METHOD",
    ),
    "of a signer whom nobody stated": (OPS, {"author": STRANGER}, "SIGNER_UNKNOWN"),
    "signed by a releaser as author": (OPS, {"author": CHIEF}, "SIGNER_UNKNOWN"),
    "a desk of another node reviews": (OPS, {"named": ((FAR, REVIEW),)}, "RELEASE"),
    "two desks review": (
        OPS,
        {"named": ((DUTY, REVIEW), (WATCH, REVIEW))},
        "RELEASE",
    ),
    "without a label": (OPS, {"fields": {"releasable_to": []}}, "LABEL"),
    "for a desk that its label excludes": (
        OPS,
        {"fields": {"releasable_to": ["pk"]}},
        "NOT_RELEASABLE",
    ),
    "about what is not here": (
        OPS,
        {"fields": {"references": [REFERENCE]}},
        "REFERENCES",
    ),
}


@pytest.mark.parametrize("case", BAD_DRAFTS)
def test_a_draft_is_judged_as_what_it_will_be(made: World, case: str) -> None:
    desk, about, reason = BAD_DRAFTS[case]
    one = drafted(made, **about)  # type: ignore[arg-type]

    answer = hand(made.pk, desk, one.draft)

    assert (answer.reason, answer.awaits_release) == (reason, False)
    assert made.pk.store.drafts.all() == []


def test_a_text_that_was_not_signed_makes_no_draft(made: World) -> None:
    one = drafted(made)
    for spoilt, reason in (
        (pb.Envelope(entry=one.draft.entry), "WRAPS"),
        (pb.Envelope(entry=one.draft.entry, wraps=one.draft.wraps, body=b"x"), "BODY"),
    ):
        assert hand(made.pk, OPS, spoilt).reason == reason
    assert made.pk.store.drafts.all() == []


BAD_RELEASES: dict[str, tuple[str, Signer, str]] = {
    "the author's other key": (OPS, TWICE, "RELEASE"),
    "a releaser of another desk": (OPS, OTHER, "RELEASE"),
    "a releaser of a desk that is not named": (DUTY, REVIEWER, "RELEASE"),
    "nobody who is known": (OPS, STRANGER, "SIGNER_UNKNOWN"),
    "a right signature from a desk that is none of the two": (WATCH, CHIEF, "METHOD"),
}


def changed(
    call: desk_pb.ReturnDraftRequest, **fields: object
) -> desk_pb.ReturnDraftRequest:
    new = desk_pb.ReturnDraftRequest()
    new.CopyFrom(call)
    for name, value in fields.items():
        setattr(new, name, value)
    return new


def test_a_desk_has_so_many_drafts_and_no_more(
    made: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafts, "AWAITING_MAX", 3)
    waiting = [drafted(made, text=b"%d" % number) for number in range(4)]

    answers = [hand(made.pk, OPS, one.draft) for one in waiting]

    assert [one.reason for one in answers] == ["", "", "", "QUOTA"]
    assert answers[3].later
    give_back(made.pk, OPS, waiting[0].name)
    assert not hand(made.pk, OPS, waiting[3].draft).reason


def test_of_what_is_closed_the_newest_are_known(
    made: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exchange.store.drafts.CLOSED_DRAFTS_MAX", 2)
    many = [drafted(made, text=b"%d" % number) for number in range(4)]
    for one in many:
        hand(made.pk, OPS, one.draft)
        made.pk.now += 1
        give_back(made.pk, OPS, one.name)

    assert len(told(made.pk, OPS)) == 2
    assert many[-1].name in told(made.pk, OPS)


# The policy at the own node and at a partner's; emergencies.


def test_what_needs_two_passes_no_backlog_on_one_signature(made: World) -> None:
    urgent = {"precedence": pb.PRECEDENCE_FLASH, "mode": pb.MODE_ACTUAL}
    alone = drafted(made, fields={**urgent, "release": pb.RELEASE_NONE})
    two = drafted(made, text=b"two", fields=urgent)
    for sent, reason in ((alone.draft, "RELEASE"), (two.released(text=True), "")):
        frame = rpc.Express(envelope=sent, below=0)
        assert express_inbox.receive(made.cn.node, PK, frame).reason == reason


def emergency(made: World, text: bytes = b"now") -> Drafted:
    fields = {"release": pb.RELEASE_EMERGENCY, "precedence": pb.PRECEDENCE_FLASH}
    return drafted(made, text=text, fields=fields)


def due(made: World) -> list[str]:
    return [one.where for one in alarms(made.pk.node) if one.reason == Reason.RELEASE]


def test_an_emergency_without_a_countersignature_is_an_alarm_after_a_day(
    made: World,
) -> None:
    one, nation = emergency(made), made.nations[PK]
    index = hand(made.pk, OPS, one.draft).index

    made.pk.now += COUNTERSIGN_WITHIN
    assert due(made) == []
    made.pk.now += 1
    assert due(made) == [f"{made.pk.node.origin}#{index}"]

    own = countersignature(made, one.name, TWICE)
    assert hand(made.pk, OPS, own).reason == "REFERENCES"
    opened = receipt(nation, one.name, pb.RELATION_OPENED, id=b"o" * 16)
    assert not hand(made.pk, OPS, opened).reason
    assert len(due(made)) == 1
    assert not hand(made.pk, OPS, countersignature(made, one.name, CHIEF)).reason
    assert due(made) == []


def countersignature(made: World, name: bytes, by: Signer) -> pb.Envelope:
    about = pb.Reference(relation=pb.RELATION_COUNTERSIGNED, name=name)
    header = envelope.split(
        receipt(
            made.nations[PK],
            name,
            pb.RELATION_COUNTERSIGNED,
            author=by.kid,
            id=by.kid[:16],
        ).entry
    ).core
    assert header.references[0] == about
    return envelope.sign(envelope.seal(header, b"", {}), [("releaser", by)])


def test_a_bulletin_countersigns_nothing(made: World) -> None:
    """It may name the relation, and needs no releaser's key."""
    nation, second = made.nations[PK], ed("pk second author")
    one = emergency(made)
    assert not hand(made.pk, OPS, one.draft).reason
    said = [
        policy(nation, b"release\n", 3),
        directory(
            nation,
            key(f"duty-2@{OPS}", "author", second),
            [("issuer", nation.issuer)],
        ),
    ]
    assert not any(answer.reason for answer in made.pk.submit(*said))
    about = pb.Reference(relation=pb.RELATION_COUNTERSIGNED, name=one.name)
    fields = {"release": pb.RELEASE_NONE, "references": [about], "author": second.kid}
    other = drafted(made, text=b"other", fields=fields, author=second)

    assert not hand(made.pk, OPS, other.draft).reason

    made.pk.now += COUNTERSIGN_WITHIN + 1
    assert len(due(made)) == 1


def test_a_partner_s_emergency_is_no_alarm_here(made: World) -> None:
    nation = made.nations[CN]
    theirs = bulletin(
        nation,
        made.nations[PK],
        release=pb.RELEASE_EMERGENCY,
        precedence=pb.PRECEDENCE_FLASH,
    )
    assert not hand(made.cn, nation.desk, theirs).reason
    made.meet()

    made.pk.now += 2 * COUNTERSIGN_WITHIN

    assert due(made) == []


# A log whose key is on a token that was taken out.


class Removed:
    """A key on a token that is not there."""

    def __init__(self, signer: Signer) -> None:
        self.algorithm = signer.algorithm
        self.public = signer.public
        self.kid = signer.kid

    def sign(self, message: bytes) -> bytes:
        raise Refusal(Reason.TOKEN, str(len(message)))


def test_a_token_that_is_out_holds_up_nothing_but_signatures(made: World) -> None:
    one, node = drafted(made), made.pk.node
    hand(made.pk, OPS, one.draft)
    made.pk.reach(envelope.split(one.draft.entry).core.expires + 2)
    signer = node.log_signer
    node.log_signer = type(signer)(Removed(signer), node.clock)
    node.keys = replace(node.keys, log=node.log_signer)
    node.directory.stated = True  # a directory head is due

    upkeep.tick(node)

    assert state(made.pk, one.name) == "LAPSED"
    assert Reason.TOKEN in {alarm.reason for alarm in alarms(node)}
    node.keys = replace(node.keys, log=signer)
