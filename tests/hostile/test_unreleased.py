"""An officer or an operator alone, and what needs two."""

import pytest

from exchange.errors import Reason
from exchange.node import drafts, views
from exchange.node.effects import LoadExpress
from exchange.node.express_outbox import load_due
from exchange.trust.return_call import sign_return
from exchange.v1 import desk_service_pb2 as desk_pb
from exchange.v1 import envelope_pb2 as pb
from keys.signing import Signer
from tests.batches import put
from tests.expecting import refusing
from tests.hostile.traces import nothing_kept
from tests.node import test_drafts as origin
from tests.node.drafting import (
    CHIEF,
    DUTY,
    OPS,
    OTHER,
    REVIEWER,
    STRANGER,
    TWICE,
    WATCH,
    drafted,
    give_back,
    hand,
    state,
)
from tests.node.receiving import receive_batch
from tests.node.test_drafts import BAD_RELEASES, changed, size
from tests.node.world import CN, PK, World, bulletin, forged
from tests.trust.nation import DAY

made = origin.made


def test_p10_i8_on_one_signature_neither_node_takes_what_needs_two(
    made: World,
) -> None:
    """Also where its own node has no gate any more, and logs it under a true head."""
    one = bulletin(made.nations[PK], made.nations[CN])
    origin = made.pk.node.origin
    edge = made.cn.store.logs.edge(origin)

    assert hand(made.pk, OPS, one).reason == "RELEASE"
    batch = forged(made.nations[PK], edge, [one.entry])
    put(batch, 0, one)
    (refusal,) = receive_batch(made.cn.node, PK, batch).refusals

    assert (refusal.index, refusal.reason) == (edge.size, "RELEASE")
    (kept,) = made.cn.store.entries.page(origin, edge.size, 1)
    assert (kept.reason, kept.wraps, kept.body, kept.desks) == ("RELEASE", (), b"", ())


@pytest.mark.parametrize("case", BAD_RELEASES)
def test_w5_who_may_not_release_leaves_it_waiting(made: World, case: str) -> None:
    desk, by, reason = BAD_RELEASES[case]
    one = drafted(made)
    hand(made.pk, OPS, one.draft)

    with nothing_kept(made.pk.store, but={"refused"}):
        answer = hand(made.pk, desk, one.released(by))

    assert answer.reason == reason
    assert state(made.pk, one.name) == "WAITING"


def test_p11_a_signature_of_another_bulletin_releases_nothing(made: World) -> None:
    one, other = drafted(made), drafted(made, text=b"other")
    hand(made.pk, OPS, one.draft)
    entry = pb.Entry.FromString(one.released().entry)
    theirs = pb.Entry.FromString(other.released().entry)
    entry.signatures[1].CopyFrom(theirs.signatures[1])
    swapped = pb.Envelope(entry=entry.SerializeToString(deterministic=True))

    with nothing_kept(made.pk.store, but={"refused"}):
        assert hand(made.pk, OPS, swapped).reason == "SIGNATURE"
    assert state(made.pk, one.name) == "WAITING"


@pytest.mark.parametrize(
    ("desk", "by", "reason"),
    [
        (OPS, TWICE, Reason.RELEASE),
        (OPS, OTHER, Reason.RELEASE),
        (OPS, STRANGER, Reason.SIGNER_UNKNOWN),
        (WATCH, CHIEF, Reason.NOT_FOUND),
        (DUTY, REVIEWER, Reason.NOT_FOUND),
    ],
)
def test_w5_who_may_not_give_it_back_leaves_it_waiting(
    made: World, desk: str, by: Signer, reason: Reason
) -> None:
    one = drafted(made)
    hand(made.pk, OPS, one.draft)

    with nothing_kept(made.pk.store), refusing(reason):
        give_back(made.pk, desk, one.name, by)

    assert state(made.pk, one.name) == "WAITING"


def test_p11_a_call_that_was_changed_gives_nothing_back(made: World) -> None:
    one, other = drafted(made), drafted(made, text=b"other")
    for each in (one, other):
        hand(made.pk, OPS, each.draft)
    author = made.nations[PK].author
    right = sign_return(one.name, desk_pb.RETURN_CODE_LABEL, made.pk.now, CHIEF)
    late = sign_return(one.name, desk_pb.RETURN_CODE_LABEL, made.pk.now + DAY, CHIEF)
    by_author = sign_return(one.name, desk_pb.RETURN_CODE_LABEL, made.pk.now, author)
    for call, reason in (
        (changed(right, name=other.name), Reason.SIGNATURE),
        (changed(right, code=desk_pb.RETURN_CODE_OTHER), Reason.SIGNATURE),
        (changed(right, code=9), Reason.INPUT),
        (changed(right, name=b"short"), Reason.INPUT),
        (changed(right, name=bytes(32)), Reason.NOT_FOUND),
        (late, Reason.TIME),
        (by_author, Reason.SIGNER_UNKNOWN),
    ):
        with nothing_kept(made.pk.store), refusing(reason):
            drafts.return_draft(made.pk.node, OPS, call)
    assert {one.state for one in made.pk.store.drafts.all()} == {1}


def test_i8_nothing_of_a_draft_reaches_a_partner_or_a_log(
    made: World, caplog: pytest.LogCaptureFixture
) -> None:
    one = drafted(made, fields={"precedence": pb.PRECEDENCE_FLASH,
                                "mode": pb.MODE_ACTUAL})  # fmt: skip
    before, arrived = size(made), made.pk.store.arrivals.newest()
    hand(made.pk, OPS, one.draft)
    give_back(made.pk, OPS, one.name)
    hand(made.pk, OPS, drafted(made, text=b"still waits").draft)
    made.meet()
    assert size(made) == before
    assert made.pk.store.arrivals.newest() == arrived
    asked = LoadExpress(0, before, 0, 0, frozenset(), frozenset(), room=64)
    assert one.name not in {due.name for due in load_due(made.pk.node, CN, asked).due}
    theirs = b"".join(path.read_bytes() for path in made.folder.glob(f"{CN}.db*"))
    assert theirs
    assert one.name not in theirs
    with refusing(Reason.NOT_FOUND):
        views.entry(made.pk.node, OPS, desk_pb.GetEntryRequest(name=one.name))
    assert one.name.hex() not in caplog.text
