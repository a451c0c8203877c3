"""What a node says of drafts is believed by signatures alone."""

from collections.abc import Iterator

import pytest

from exchange import envelope
from exchange.cli.desk_session import draft_fault_line
from exchange.desk.client import Desk
from exchange.desk.release.decision import give_back, sign_draft
from exchange.desk.release.waiting_drafts import find, list_awaited, read_draft
from exchange.errors import Reason
from exchange.trust.return_call import sign_return
from exchange.v1 import desk_service_pb2 as pb
from exchange.v1 import envelope_pb2
from tests.desk.bench import Bench, client
from tests.desk.releasers import WATCH, reviewer
from tests.desk.test_newer_formats import newer_program
from tests.expecting import present, refusing
from tests.trust.nation import ed

WAITING, RETURNED = pb.DRAFT_STATE_WAITING, pb.DRAFT_STATE_RETURNED


@pytest.fixture
def watch(strict: Bench) -> Iterator[Desk]:
    """The desk that is named to review."""
    with reviewer(strict) as desk:
        client(strict.pk).down = True
        yield desk


def written(bench: Bench, text: str = "Convoy delayed") -> pb.Draft:
    """A draft for review, as its node would show it."""
    name = bench.send(text, review=WATCH)
    kept = present(bench.pk.mailbox.outbox.find(name))
    return pb.Draft(name=name, envelope=kept.envelope, state=WAITING)


def show(desk: Desk, *drafts: pb.Draft) -> dict[str, str]:
    """Let a desk's node show it drafts; return what it finds wrong with that."""
    desk.apply_out_of_turn(pb.WatchResponse(drafts=drafts))
    for name, what in desk.draft_faults().items():
        assert name[:16] in draft_fault_line(desk.node, name[:16], what)
    return dict(desk.draft_faults())


def test_a_desk_that_reviews_reads_just_what_was_signed(
    strict: Bench, watch: Desk
) -> None:
    draft = written(strict)
    assert show(watch, draft) == {}
    (one,) = list_awaited(watch)
    assert (one.name, one.own, one.may_sign) == (draft.name, False, True)
    assert one.subject == "Convoy delayed"
    entry = read_draft(watch, find(watch, draft.name.hex()[:8]))
    assert entry.entry == draft.envelope.entry
    assert not watch.mailbox.messages.knows(draft.name), "no message of its own yet"


def test_a_draft_in_a_newer_format_waits_for_a_newer_program(
    strict: Bench, watch: Desk
) -> None:
    """It is no fault of the node, which cannot read it."""
    with newer_program():
        draft = written(strict)
    assert show(watch, draft) == {}
    assert list_awaited(watch) == []
    with newer_program():
        assert show(watch, draft) == {}
        assert len(list_awaited(watch)) == 1


def spoil(draft: pb.Draft, other: pb.Draft, how: str) -> None:
    """What a node may do to a draft that it shows."""
    match how:
        case "cut body":
            draft.envelope.body = draft.envelope.body[:-1]
        case "another's envelope":
            draft.envelope.CopyFrom(other.envelope)
        case "another's text":
            draft.envelope.body = other.envelope.body
            draft.envelope.wraps[:] = other.envelope.wraps
        case "no signature":
            entry = envelope_pb2.Entry.FromString(draft.envelope.entry)
            entry.signatures[0].signature = bytes(64)
            draft.envelope.entry = entry.SerializeToString(deterministic=True)
        case "no text":
            draft.envelope.body = b""
            del draft.envelope.wraps[:]


@pytest.mark.parametrize(
    ("how", "what"),
    [
        ("cut body", Reason.MISSING),
        ("another's envelope", "ALTERED"),
        ("another's text", Reason.MISSING),
        ("no signature", Reason.SIGNATURE),
        ("no text", Reason.MISSING),
    ],
)
def test_what_fails_is_shown_to_nobody_and_named(
    strict: Bench, watch: Desk, how: str, what: str
) -> None:
    draft, other = written(strict), written(strict, "Another")
    sound = pb.Draft.FromString(draft.SerializeToString())
    spoil(draft, other, how)
    assert show(watch, draft) == {draft.name.hex(): what}
    assert list_awaited(watch) == []
    with refusing(Reason.NOT_FOUND):
        find(watch, draft.name.hex())
    assert show(watch, sound) == {}, "it does right now"
    assert show(watch, draft) == {draft.name.hex(): "ALTERED"}, "known by now"
    assert [one.name for one in list_awaited(watch)] == [draft.name]


def test_a_return_counts_by_a_releasers_signature_alone(
    strict: Bench, chief: Desk
) -> None:
    strict.pk.client, down = chief.client, strict.pk.client
    client(chief).down = True
    name = strict.send()
    kept = present(strict.pk.mailbox.outbox.find(name))
    draft = pb.Draft(name=name, envelope=kept.envelope, state=WAITING)
    assert show(strict.pk, draft) == {}
    assert strict.pk.mailbox.messages.row(name).state == "waiting"
    now, author, code = strict.now, strict.pk.officer.signer, pb.RETURN_CODE_LABEL
    assert chief.officer.releaser is not None
    good = sign_return(name, code, now, chief.officer.releaser)
    lifted = sign_return(bytes(32), code, now, chief.officer.releaser)
    lifted.name = name
    for call in (
        pb.ReturnDraftRequest(),
        sign_return(name, code, now, ed("a stranger")),
        sign_return(name, code, now, author),
        sign_return(bytes(32), code, now, chief.officer.releaser),
        lifted,
    ):
        back = pb.Draft(
            name=name, envelope=kept.envelope, state=RETURNED, returned=call
        )
        assert show(strict.pk, back) == {name.hex(): "UNSIGNED"}
        assert strict.pk.mailbox.messages.row(name).state == "waiting"
    back = pb.Draft(name=name, envelope=kept.envelope, state=RETURNED, returned=good)
    assert show(strict.pk, back) == {}
    assert strict.pk.mailbox.messages.row(name).state == "returned"
    (one,) = list_awaited(strict.pk)
    assert (one.state, one.code) == ("RETURNED", "LABEL")
    assert one.returned_by == "duty-2@ops.islamabad.pk"
    assert show(strict.pk, draft) == {name.hex(): "REPLAYED"}, "it is over"
    assert strict.pk.mailbox.messages.row(name).state == "returned"
    strict.pk.client = down


def test_a_signature_lifted_from_another_releases_nothing(
    strict: Bench, watch: Desk
) -> None:
    one, other = written(strict), written(strict, "Another")
    show(watch, one, other)
    client(watch).down = True
    sign_draft(watch, find(watch, other.name.hex()))
    kept = present(watch.mailbox.outbox.find(other.name))
    (_, released) = envelope_pb2.Entry.FromString(kept.envelope.entry).signatures
    forged = envelope_pb2.Entry.FromString(one.envelope.entry)
    forged.signatures.append(released)
    sent = envelope_pb2.Envelope(
        entry=forged.SerializeToString(deterministic=True),
        wraps=one.envelope.wraps,
        body=one.envelope.body,
    )
    client(watch).down = False
    (answer,) = watch.client.submit([sent])
    assert answer.reason == Reason.SIGNATURE
    strict.world.meet()
    strict.cn.sync()
    assert not strict.cn.mailbox.messages.knows(one.name)
    assert envelope.split(sent.entry).name == one.name


def test_a_desk_that_reviews_gives_back_what_its_author_mends(
    strict: Bench, watch: Desk
) -> None:
    draft = written(strict)
    show(watch, draft)
    give_back(watch, find(watch, draft.name.hex()), "INCOMPLETE")
    (call,) = [
        pb.ReturnDraftRequest.FromString(one.returned)
        for one in watch.mailbox.releases.all()
    ]
    assert list_awaited(watch)[0].state == "RETURNED"
    back = pb.Draft(
        name=draft.name, envelope=draft.envelope, state=RETURNED, returned=call
    )
    assert show(strict.pk, back) == {}
    assert strict.pk.mailbox.messages.row(draft.name).state == "returned"
