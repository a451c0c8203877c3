"""New roots in a log: whoever holds an edition of the bundle judges it alike."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from exchange import envelope
from exchange.errors import Reason
from exchange.trust import fast_accept, policies, rules, statements
from exchange.trust.bundle import Bundle
from exchange.trust.directory import Directory
from exchange.trust.fast_accept import AcceptedForms
from exchange.v1 import envelope_pb2 as pb
from keys.signing import Signer
from tests.expecting import present
from tests.node.world import CN, PK, Site, World, bulletin, directory, world
from tests.trust.editions import Roots, roots, state_roots, with_new_roots
from tests.trust.nation import Nation, ed, key
from tests.vectors.spec.make_rules import reader_key, state_reader

OLD, NEW = roots(0), roots(1)


def by(*pairs: Roots) -> list[tuple[str, Signer]]:
    return [("root", root) for pair in pairs for root in pair]


def policy(nation: Nation, text: bytes, serial: int, signers: Roots) -> pb.Envelope:
    said = statements.policy_statement(nation.domain, text, serial)
    return directory(nation, said, by(signers))


def history(nation: Nation, partner: Nation) -> list[pb.Envelope]:
    """Return new roots, and what each pair says before and behind them."""
    issuer = key("issuer@pk", "issuer", ed("pk issuer 2"))
    return [
        policy(nation, policies.retention(60), 1, OLD),
        bulletin(nation, partner, b"before"),
        directory(nation, state_roots("pk", NEW, 2), by(OLD, NEW)),
        bulletin(nation, partner, b"behind"),
        policy(nation, policies.retention(30), 3, NEW),
        directory(nation, issuer, by(NEW)),
    ]


@pytest.fixture
def renewed(tmp_path: Path) -> Iterator[World]:
    """Islamabad's nation has new roots, and its log says so; Beijing has it not yet."""
    with world(tmp_path) as made:
        made.meet()
        sent = history(made.pk.nation, made.cn.nation)
        assert [answer.reason for answer in made.pk.submit(*sent)] == [""] * len(sent)
        yield made


def verdicts(site: Site) -> list[str]:
    origin = f"{PK}.fusion/log/1"
    return [one.reason for one in site.store.entries.page(origin, 0, 100)]


def with_bundle(made: World, held: Bundle) -> None:
    """Start both nodes again, with this edition of Islamabad's bundle."""
    made.close()
    made.nations[PK].bundle = held
    made.pk, made.cn = made._site(PK), made._site(CN)
    made.greet()


@pytest.mark.parametrize("edition", [1, 2])
def test_both_editions_lead_to_the_same_verdicts(renewed: World, edition: int) -> None:
    if edition > 1:
        with_bundle(renewed, with_new_roots(renewed.pk.nation, edition))

    renewed.carry(renewed.pk, renewed.cn)

    assert verdicts(renewed.cn) == verdicts(renewed.pk) == [""] * 9
    found = present(renewed.cn.node.members.directory(PK))
    assert found.roots().keys() == {root.kid for root in NEW}


def test_the_old_roots_speak_no_more_also_after_a_restart(renewed: World) -> None:
    renewed.reopen()
    late = policy(renewed.pk.nation, policies.retention(9), 9, OLD)

    (answer,) = renewed.pk.submit(late)

    assert answer.reason == Reason.SIGNER_UNKNOWN


def test_a_fast_path_is_forgotten_with_each_statement(renewed: World) -> None:
    """Judged one by one, with forms and without: the same, up to the last entry."""
    nation = renewed.pk.nation
    quick, slow = (Directory(PK, nation.bundle) for _ in range(2))
    forms = AcceptedForms(PK, quick)
    entries = [one.entry for one in renewed.pk.store.entries.page(*whole(renewed.pk))]
    twin = bulletin(nation, renewed.cn.nation, b"behind once more").entry

    for index, entry in enumerate([*entries, twin]):
        facts = fast_accept.check(entry, rules.Log(PK, quick, Nothing()), forms)
        verdict = rules.check(entry, rules.Log(PK, slow, Nothing()))
        assert facts.name == verdict.parsed.name
        if verdict.statement is not None:
            for one in (quick, slow):
                one.apply(index, verdict.core, verdict.statement)

    assert forms.judge(twin) is not None
    stale = policy(nation, policies.retention(9), 99, OLD).entry
    assert forms.judge(stale) is None
    last = rules.judge(stale, rules.Log(PK, slow, Nothing()))
    assert last == rules.Refused(Reason.SIGNER_UNKNOWN)


def whole(site: Site) -> tuple[str, int, int]:
    return site.node.origin, 0, 100


class Nothing:
    """A log in which no id and no name stands: what is judged is new there."""

    def knows_id(self, _: bytes) -> bool:
        return False

    def knows_name(self, _: bytes) -> bool:
        return False


def test_a_desk_that_only_reads_opens_and_cannot_sign(renewed: World) -> None:
    """Its key stands in the log, by the issuer; a bulletin is sealed for it."""
    nation = renewed.pk.nation
    desk = f"watch.{PK}"
    reading = state_reader(serial=1, desk=desk)
    stated = directory(nation, reading, [("issuer", nation.issuer)])
    (answer,) = renewed.pk.submit(stated)
    assert not answer.reason
    found = present(renewed.pk.node.members.directory(PK))
    assert found.sealing_key(desk, renewed.pk.now)
    own = Nation()
    own.desk, own.sealing = desk, reader_key(desk, 1)

    sent = bulletin(nation, own, b"for who only reads")
    (answer,) = renewed.pk.from_desk(sent)

    assert not answer.reason
    opener = reader_key(desk, 1)
    parsed = envelope.split(sent.entry)
    opened = envelope.open_envelope(
        parsed, tuple(sent.wraps), sent.body, {opener.kid: opener}
    )
    assert opened.content == b"for who only reads"
    renewed.carry(renewed.pk, renewed.cn)
    assert verdicts(renewed.cn) == verdicts(renewed.pk)
    own.author = ed("somebody at the reading desk")
    (answer,) = renewed.pk.submit(bulletin(own, nation, b"an answer"))
    assert answer.reason == Reason.SIGNER_UNKNOWN


def test_a_log_that_is_opened_later_begins_under_the_roots_of_then() -> None:
    """So the roots of before need not be kept for the logs to come."""
    late = Nation("pk", "lahore")
    fresh = Directory(late.node, with_new_roots(late, 2))
    log = rules.Log(late.node, fresh, Nothing())
    first = rules.check(directory(late, late.state_issuer(), by(NEW)).entry, log)
    assert first.statement is not None

    fresh.apply(0, first.core, first.statement)

    stale = policy(late, policies.retention(9), 1, OLD).entry
    assert rules.judge(stale, log) == rules.Refused(Reason.SIGNER_UNKNOWN)
    assert fresh.roots().keys() == {root.kid for root in NEW}
