"""Released at one desk with its node away, both officers present."""

from exchange import envelope
from exchange.desk.client import Desk
from exchange.desk.release.decision import give_back, sign_draft
from exchange.desk.release.waiting_drafts import find, list_awaited, read_draft
from exchange.errors import Reason
from tests.desk.bench import Bench, client, said
from tests.expecting import refusing
from tests.node.world import CN


def drafted(bench: Bench, text: str = "Convoy delayed") -> bytes:
    """A draft, signed by its author while the node is away."""
    client(bench.pk).down = True
    sent = bench.pk.send(said(bench.world.nations[CN], text))
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
    draft = strict.pk.mailbox.releases.get(name)
    assert draft is not None
    assert (draft.state, draft.envelope.body) == ("RELEASED", b"")


def test_its_author_releases_nothing_of_his_own(strict: Bench, chief: Desk) -> None:
    client(chief).down = True
    name = chief.send(said(strict.world.nations[CN])).name
    for act in (sign_draft, lambda desk, draft: give_back(desk, draft, "LABEL")):
        with refusing(Reason.RELEASE):
            act(chief, find(chief, name.hex()))
    assert [one.state for one in list_awaited(chief)] == ["DRAFTED"]


def test_an_officer_without_the_role_releases_nothing(strict: Bench) -> None:
    name = drafted(strict)
    with refusing(Reason.SIGNERS):
        sign_draft(strict.pk, find(strict.pk, name.hex()))
    assert read_draft(strict.pk, find(strict.pk, name.hex())).name == name
