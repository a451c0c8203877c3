"""The chain of a message is verified again, and each broken link is named."""

import re
from collections.abc import Callable

import pytest

from exchange import words
from exchange.browsed_logs import ProofStep
from exchange.desk.client import Desk
from exchange.desk.link.proof_chain import Chain
from exchange.errors import Unreachable
from exchange.v1 import desk_service_pb2 as pb
from exchange.v1 import envelope_pb2
from exchange.v1.ledger_pb2 import InclusionProof
from tests.desk.bench import Bench, client

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


def bad_hash(found: InclusionProof) -> None:
    found.hashes[0] = bytes(32)


def bad_head(found: InclusionProof) -> None:
    found.head = found.head.replace(b"\n4\n", b"\n5\n")


def no_line(found: InclusionProof) -> None:
    lines = found.head.splitlines(keepends=True)
    found.head = b"".join(line for line in lines if b"mirror" not in line)


@pytest.mark.parametrize(
    ("spoil", "what", "told"),
    [
        pytest.param(bad_hash, "INCLUSION", (False, "PROOF"), id="a hash of the proof"),
        pytest.param(bad_head, "HEAD", (False, "HEAD"), id="the head"),
        pytest.param(no_line, "COSIGNATURE", (None, ""), id="no partner's line"),
    ],
)
def test_a_node_that_shows_a_false_proof_is_caught(
    bench: Bench,
    monkeypatch: pytest.MonkeyPatch,
    spoil: Callable[[InclusionProof], None],
    what: str,
    told: tuple[bool | None, str],
) -> None:
    name = bench.deliver()
    right = client(bench.cn).proof(name)

    def proof(_: bytes) -> pb.GetProofResponse:
        found = pb.GetProofResponse()
        found.CopyFrom(right)
        spoil(found.proof)
        return found

    monkeypatch.setattr(bench.cn.client, "proof", proof)
    step = chain(bench.cn, name)[what]
    assert (step.ok, step.reason) == told


def test_a_body_that_is_another_one_is_caught(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = bench.deliver()
    right = client(bench.cn).entry(name)

    def entry(_: bytes) -> pb.EntryArrived:
        found = pb.EntryArrived()
        found.CopyFrom(right)
        found.envelope.body = bytes(len(found.envelope.body))
        return found

    monkeypatch.setattr(bench.cn.client, "entry", entry)
    assert chain(bench.cn, name)["SEAL"].reason == "BODY"


def test_a_text_changed_in_the_mailbox_is_caught(bench: Bench) -> None:
    name = bench.deliver()
    box = bench.cn.mailbox
    with box.database.transaction():
        box.database.write("UPDATE body SET content = ? WHERE number = 1", (b"other",))
    assert chain(bench.cn, name)["SEAL"].reason == "CONTENT"


def test_an_entry_changed_in_the_mailbox_is_caught(bench: Bench) -> None:
    name = bench.deliver()
    box = bench.cn.mailbox
    entry = envelope_pb2.Entry.FromString(box.messages.read(name).entry)
    entry.signatures[0].signature = bytes(64)
    with box.database.transaction():
        changed = entry.SerializeToString(deterministic=True)
        box.database.write("UPDATE body SET entry = ? WHERE number = 1", (changed,))
    steps = chain(bench.cn, name)
    assert steps["SIGNATURE"].reason == "SIGNATURE"
    assert steps["INCLUSION"].reason == "PROOF"


def test_the_error_of_a_stopped_node_is_the_client_s(bench: Bench) -> None:
    client(bench.cn).down = True
    with pytest.raises(Unreachable):
        bench.cn.client.proof(bytes(32))
