"""What a desk hands over and proves: an envelope's key, the chain of a message."""

import re

import pytest
from msgspec.structs import replace

from exchange import words
from exchange.browsed_logs import ProofStep
from exchange.desk.client import Desk
from exchange.desk.disclosure import disclose
from exchange.desk.link.proof_chain import Chain
from exchange.desk.mailbox.messages import Messages
from exchange.desk.terminal.desk_shelf import DeskShelf
from exchange.disclosure_file import show
from exchange.errors import FusionError, Reason, Refusal, Tampered, Unreachable
from exchange.limits import RETENTION
from exchange.node import retention
from exchange.v1 import desk_service_pb2
from exchange.v1 import envelope_pb2 as pb
from exchange.v1.ledger_pb2 import InclusionProof
from tests.desk.bench import CHINA, PAKISTAN, RENDERED, Bench, client
from tests.desk.forging import feed, recall, sealed, text
from tests.expecting import present
from tests.node.world import CN, PK


def refused(desk: Desk, name: bytes) -> Reason:
    with pytest.raises(FusionError) as caught:
        disclose(desk.mailbox, desk.client, name)
    return caught.value.reason


def test_author_and_reader_disclose_the_same_text_and_no_other_key(
    bench: Bench,
) -> None:
    first, second = bench.send(), bench.send("Another")
    bench.meet()

    ours, theirs = (disclose(d.mailbox, d.client, first) for d in (bench.pk, bench.cn))

    assert ours == theirs
    assert show(ours).name == first
    assert show(ours).content == bench.cn.mailbox.messages.read(first).content
    other = bench.cn.mailbox.messages.read(second).cek
    assert other
    assert other not in theirs.encode()
    assert CHINA.sealing.seed not in theirs.encode()
    shown = show(disclose(bench.cn.mailbox, bench.cn.client, second))
    assert shown.name == second


def test_what_waits_in_the_outbox_needs_no_node(bench: Bench) -> None:
    client(bench.pk).down = True
    name = bench.send()

    assert show(disclose(bench.pk.mailbox, bench.pk.client, name)).name == name


def test_a_body_that_only_the_node_has_is_asked_of_it(bench: Bench) -> None:
    name = bench.deliver()
    client(bench.cn).down = True

    with pytest.raises(Unreachable):
        disclose(bench.cn.mailbox, bench.cn.client, name)


def test_what_the_node_erased_can_no_longer_be_proven(bench: Bench) -> None:
    name = bench.deliver()
    bench.now = bench.cn.mailbox.messages.row(name).expires + RETENTION + 1
    for site in (bench.world.pk, bench.world.cn):
        retention.erase_expired(site.reach(bench.now).read_all().node)

    assert refused(bench.cn, name) is Reason.ERASED
    assert bench.cn.mailbox.messages.read(name).content is not None


def test_a_recall_and_a_translation_are_envelopes_too(bench: Bench) -> None:
    name = bench.send(translations=[RENDERED])
    taken_back = recall(PAKISTAN, CHINA, name)
    bench.world.pk.from_desk(taken_back)
    bench.meet()
    (translation,) = bench.cn.mailbox.translations.of(name)
    recalled = bench.cn.mailbox.messages.row(2).name

    for each, kind in (
        (translation.name, pb.KIND_TRANSLATION),
        (recalled, pb.KIND_RECALL),
    ):
        shown = show(disclose(bench.cn.mailbox, bench.cn.client, each))
        assert (shown.name, shown.core.kind) == (each, kind)


def test_what_is_not_here_or_not_open_is_not_disclosed(bench: Bench) -> None:
    odd = sealed(PAKISTAN, CHINA, b"no content")
    feed(bench.cn, odd, node=PK)
    name = bench.cn.mailbox.messages.row(1).name

    assert refused(bench.cn, bytes(32)) is Reason.NOT_FOUND
    assert refused(bench.cn, name) is Reason.CONTENT


def test_a_node_that_shows_another_body_is_found_out(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = bench.deliver()

    def other(_: bytes) -> desk_service_pb2.EntryArrived:
        return desk_service_pb2.EntryArrived(envelope=pb.Envelope(body=b"x"))

    monkeypatch.setattr(client(bench.cn), "entry", other)

    assert refused(bench.cn, name) is Reason.BODY


def test_a_text_that_was_changed_in_the_mailbox_is_not_vouched_for(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = bench.deliver()
    kept = bench.cn.mailbox.messages.read(name)
    spoilt = replace(kept, content=text(CHINA, "Never said"))
    monkeypatch.setattr(Messages, "read", lambda *_: spoilt)

    with pytest.raises(Tampered) as caught:
        disclose(bench.cn.mailbox, bench.cn.client, name)
    assert caught.value.reason is Reason.CONTENT


# The chain of a message is verified again, and each broken link is named.


WHAT = [
    "BYTES",
    "NAME",
    "KEY",
    "SIGNATURE",
    "LOG",
    "INCLUSION",
    "HEAD",
    "COSIGNATURE",
    "SEAL",
]


def chain(desk: Desk, name: bytes) -> dict[str, ProofStep]:
    message = desk.mailbox.messages.read(name)
    steps = list(Chain(desk.mailbox, desk.pinned, desk.client, message).steps())
    assert [step.what for step in steps] == WHAT
    return {step.what: step for step in steps}


def test_every_step_of_a_cosigned_bulletin_holds_at_both_sides(bench: Bench) -> None:
    name = bench.deliver()
    for desk in (bench.pk, bench.cn):
        assert all(step.ok for step in chain(desk, name).values())


@pytest.mark.parametrize("lang", ["ur", "zh-Hans"])
def test_what_a_step_saw_is_said_in_the_language(bench: Bench, lang: str) -> None:
    """All but names, kids and hashes."""
    name = bench.deliver()
    words.use(lang)
    told = {what: step.detail for what, step in chain(bench.cn, name).items()}
    for what in ("BYTES", "KEY", "LOG", "INCLUSION", "HEAD", "SEAL"):
        english = re.findall(
            r"\b(?:author|bytes|leaf|of|hash|root|size|keys)\b", told[what]
        )
        assert not english, told[what]
        assert not told[what].isascii()


def test_what_needs_the_node_is_not_passed_while_it_is_stopped(bench: Bench) -> None:
    name = bench.deliver()
    client(bench.cn).down = True
    steps = chain(bench.cn, name)
    untried = {what for what, step in steps.items() if step.ok is None}
    assert untried == {"INCLUSION", "SEAL"}
    assert not any(step.ok is False for step in steps.values())


def test_what_is_only_queued_is_proved_as_far_as_that_goes(bench: Bench) -> None:
    client(bench.pk).down = True
    name = bench.send()
    steps = chain(bench.pk, name)
    assert steps["SIGNATURE"].ok
    assert {steps[w].ok for w in ("LOG", "INCLUSION", "HEAD", "COSIGNATURE")} == {None}


def spoil(found: InclusionProof, how: str) -> None:
    """What a node may do to a proof that it shows."""
    match how:
        case "a hash of the proof":
            found.hashes[0] = bytes(32)
        case "the head":
            found.head = found.head.replace(b"\n4\n", b"\n5\n")
        case "no partner's line":
            lines = found.head.splitlines(keepends=True)
            found.head = b"".join(line for line in lines if b"mirror" not in line)


@pytest.mark.parametrize(
    ("how", "what", "told"),
    [
        ("a hash of the proof", "INCLUSION", (False, "PROOF")),
        ("the head", "HEAD", (False, "HEAD")),
        ("no partner's line", "COSIGNATURE", (None, "")),
    ],
)
def test_a_node_that_shows_a_false_proof_is_caught(
    bench: Bench,
    monkeypatch: pytest.MonkeyPatch,
    how: str,
    what: str,
    told: tuple[bool | None, str],
) -> None:
    name = bench.deliver()
    right = client(bench.cn).proof(name)
    spoil(right.proof, how)
    monkeypatch.setattr(bench.cn.client, "proof", lambda _: right)
    step = chain(bench.cn, name)[what]
    assert (step.ok, step.reason) == told


def test_a_body_that_is_another_one_is_caught(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = bench.deliver()
    found = client(bench.cn).entry(name)
    found.envelope.body = bytes(len(found.envelope.body))
    monkeypatch.setattr(bench.cn.client, "entry", lambda _: found)
    assert chain(bench.cn, name)["SEAL"].reason == "BODY"


def test_what_is_changed_in_the_mailbox_is_caught(bench: Bench) -> None:
    """A text, then an entry."""
    name = bench.deliver()
    box = bench.cn.mailbox
    with box.database.transaction():
        box.database.write("UPDATE body SET content = ? WHERE number = 1", (b"other",))
    assert chain(bench.cn, name)["SEAL"].reason == "CONTENT"
    entry = pb.Entry.FromString(box.messages.read(name).entry)
    entry.signatures[0].signature = bytes(64)
    with box.database.transaction():
        changed = entry.SerializeToString(deterministic=True)
        box.database.write("UPDATE body SET entry = ? WHERE number = 1", (changed,))
    steps = chain(bench.cn, name)
    assert steps["SIGNATURE"].reason == "SIGNATURE"
    assert steps["INCLUSION"].reason == "PROOF"


# The logs as a desk shows them that is away from its node.


def silent(*_: object) -> None:
    pass


def shelf(bench: Bench, count: int = 3) -> DeskShelf:
    for _ in range(count):
        bench.send()
    bench.meet()
    return DeskShelf(bench.cn)


def test_it_shows_the_logs_that_it_verified_with_who_cosigned(bench: Bench) -> None:
    logs = {log.origin: log for log in shelf(bench).logs()}
    ours, theirs = logs[f"{CN}.fusion/log/1"], logs[f"{PK}.fusion/log/1"]
    assert (ours.own, theirs.own) == (True, False)
    assert theirs.head is not None
    roles = {(line.role, line.name) for line in theirs.head.lines}
    assert ("mirror", f"{CN}.fusion/mirror") in roles
    assert theirs.size >= theirs.head.size > 0
    assert not theirs.forked


def test_its_entries_come_in_windows_and_are_verified(bench: Bench) -> None:
    found = shelf(bench)
    origin = f"{PK}.fusion/log/1"
    entries = found.entries(origin, 0, 100)
    assert [one.kind for one in entries] == ["BULLETIN"] * 3
    assert list(found.entries(origin, entries[0].index + 1, 1)) == [entries[1]]
    for one in entries:
        steps = found.steps(origin, one.index, silent)
        assert all(step.ok for step in steps), steps
    assert found.heads(origin, 1 << 40, 5)[0].size > entries[-1].index
    assert found.heads(origin, 1, 5) == []


def test_what_it_has_not_is_a_refusal_that_says_where_it_is(bench: Bench) -> None:
    found = shelf(bench)
    origin = f"{PK}.fusion/log/1"
    for index in (0, 10**6):  # a statement, and nothing
        with pytest.raises(Refusal):
            found.steps(origin, index, silent)
    with pytest.raises(Refusal) as refused:
        found.check(silent)
    assert "fusion fsck" in present(refused.value.why).text
    with pytest.raises(Refusal):
        found.export("x", silent)
    assert found.entries("nobody.fusion/log/1", 0, 5) == []
