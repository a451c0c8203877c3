"""Released at one desk with its node away, both officers present."""

import pytest

from exchange import envelope
from exchange.bulletin.content import encode
from exchange.desk.client import Desk
from exchange.desk.incoming.examine_entry import ACCEPTED, ExaminedEntry
from exchange.desk.link.log_states import LogStates
from exchange.desk.release.decision import give_back, sign_draft
from exchange.desk.release.summary import text_lines
from exchange.desk.release.waiting_drafts import find, list_awaited, read_draft
from exchange.errors import Reason
from exchange.v1 import bulletin_pb2
from exchange.v1 import envelope_pb2 as pb
from tests.desk.bench import CHINA, PAKISTAN, Bench, client, said
from tests.desk.forging import feed, name_of, sealed, text
from tests.expecting import present, refusing
from tests.node.world import PK


def drafted(bench: Bench, text: str = "Convoy delayed") -> bytes:
    """A draft, signed by its author while the node is away."""
    client(bench.pk).down = True
    sent = bench.pk.send(said(CHINA, text))
    assert sent.state == "drafted"
    return sent.name


def test_what_needs_two_is_a_draft(strict: Bench, chief: Desk) -> None:
    name = drafted(strict)
    (kept,) = strict.pk.mailbox.outbox.waiting()
    (signed,) = envelope.split(kept.envelope.entry).signatures
    assert signed.role == "author"
    (mine,) = list_awaited(strict.pk)
    assert (mine.name, mine.state, mine.own, mine.may_sign) == (
        *(name, "DRAFTED", True),
        False,
    )
    (his,) = list_awaited(chief)
    assert (his.subject, his.may_sign) == ("Convoy delayed", True)


def test_drafts_of_one_millisecond_keep_their_order_of_arrival(strict: Bench) -> None:
    """A draft's name is a digest, so ordering by it would shuffle them."""
    names = [drafted(strict, f"Convoy {number} delayed") for number in range(8)]
    assert len({draft.since for draft in strict.pk.mailbox.releases.all()}) == 1
    assert [draft.name for draft in strict.pk.mailbox.releases.all()] == names
    assert [d.name for d in strict.pk.mailbox.releases.list_state("DRAFTED")] == names


def test_a_releaser_lets_it_out_of_the_outbox(strict: Bench, chief: Desk) -> None:
    name = drafted(strict)
    client(chief).down = True
    assert sign_draft(chief, find(chief, name.hex()[:8])) == "queued"
    assert strict.pk.mailbox.messages.row(name).state == "queued"
    client(strict.pk).down = client(chief).down = False
    strict.pk.sync()
    strict.meet()
    row = strict.cn.mailbox.messages.row(name)
    assert row.verdict == "ACCEPTED"
    for desk in (strict.pk, strict.cn):
        entry = desk.mailbox.messages.read(name).entry
        assert [s.role for s in envelope.split(entry).signatures] == [
            "author",
            "releaser",
        ]
    assert list_awaited(strict.pk) == []
    draft = present(strict.pk.mailbox.releases.get(name))
    assert (draft.state, draft.envelope.body) == ("RELEASED", b"")


def test_its_author_releases_nothing_of_his_own(chief: Desk) -> None:
    client(chief).down = True
    name = chief.send(said(CHINA)).name
    for act in (sign_draft, lambda desk, draft: give_back(desk, draft, "LABEL")):
        with refusing(Reason.RELEASE):
            act(chief, find(chief, name.hex()))
    assert [one.state for one in list_awaited(chief)] == ["DRAFTED"]


def test_an_officer_without_the_role_releases_nothing(strict: Bench) -> None:
    name = drafted(strict)
    with refusing(Reason.SIGNERS):
        sign_draft(strict.pk, find(strict.pk, name.hex()))
    assert read_draft(strict.pk, find(strict.pk, name.hex())).name == name


# What a desk of another nation shows of a log where two officers are needed.


@pytest.mark.parametrize("release", [pb.RELEASE_NONE, pb.RELEASE_RELEASED])
def test_what_one_officer_let_out_is_not_shown(
    strict: Bench, release: "pb.Release.ValueType"
) -> None:
    """Its own node took it, or says so: the verdict is every desk's own."""
    forged = sealed(PAKISTAN, CHINA, text(CHINA), release=release)
    feed(strict.cn, forged, node=PK)
    assert not strict.cn.mailbox.messages.knows(name_of(forged))
    alarm = LogStates(strict.cn.mailbox).alarm(strict.cn.pinned.origin(PK))
    assert alarm.startswith("RELEASE #") or release == pb.RELEASE_RELEASED


# The lines that a releaser reads before he signs.


OFFICER = "duty-2@ops.islamabad.pk"
TEXT = "قافلے میں تاخیر"


def test_of_a_translation_he_reads_into_which_language_and_by_whom() -> None:
    said = bulletin_pb2.Translation(lang="ur", state="INITIAL", origin="HUMAN")
    said.segments.add(id="s0", text=TEXT, state="INITIAL", origin="HUMAN")
    core = pb.Core(
        kind=pb.KIND_TRANSLATION,
        precedence=pb.PRECEDENCE_PRIORITY,
        mode=pb.MODE_TEST,
        tlp=pb.TLP_AMBER,
    )
    entry = ExaminedEntry(b"", b"", core, OFFICER, ACCEPTED, encode(said), b"")

    assert list(text_lines(entry, bytes.hex))[-2:] == [
        f"translation into Urdu by {OFFICER}",
        f"> {TEXT}",
    ]
