"""W1 to W4, W10: what a thief signs with an officer's key, and what he opens."""

import pytest

from exchange import envelope
from exchange.desk.standing_text import standing_lines
from exchange.desk.terminal.desk import TerminalDesk
from exchange.errors import Reason, Refusal
from exchange.refusal_classes import CLASSES, RefusalClass
from exchange.trust import statements
from exchange.v1 import envelope_pb2 as pb
from keys.signing import Ed25519Signer
from tests.desk.bench import Bench
from tests.desk.forging import header, name_of, publics, sealed, text
from tests.desk.ringed import Ringed
from tests.desk.test_signer_standings import STANDINGS, of_message, revoke
from tests.hostile.partner import Partner
from tests.node.world import CN, FILED, PK, bulletin, directory
from tests.trust.nation import DAY, NOW, Nation, ed, revocation


def revoked(nation: Nation, since: int) -> pb.Envelope:
    """Return the word of the issuer that the officer's key is in other hands."""
    said = revocation(nation.officer, nation.author.kid, since)
    return directory(nation, said, [("issuer", nation.issuer)])


@pytest.mark.parametrize("since", [FILED - DAY, FILED + DAY], ids=["past", "to come"])
def test_w1_a_key_that_is_revoked(partner: Partner, since: int) -> None:
    """At its own node, in a partner's log and ahead of it; whatever the date."""
    ours, site = partner.victim, partner.bench.world.pk
    assert not site.submit(revoked(ours, since))[0].reason
    before = partner.rows()
    (answer,) = site.from_desk(bulletin(ours, partner.nation, text(partner.nation)))
    assert (answer.reason, answer.later) == (Reason.SIGNER_REVOKED, False)
    assert partner.rows() == before

    partner.deliver(revoked(partner.nation, since))
    sent = sealed(partner.nation, ours, text(ours))
    partner.assert_refused((sent, Reason.SIGNER_REVOKED))


@pytest.mark.parametrize(("since", "word"), STANDINGS)
def test_w2_w3_a_bulletin_stands_by_its_proven_time(
    bench: Bench, since: int, word: str
) -> None:
    """Proven before the theft it stands, and says so; else its signer is disowned."""
    pk = bench.world.nations[PK]
    sent = bulletin(pk, bench.world.nations[CN], text(bench.world.nations[CN]))
    assert not bench.world.pk.from_desk(sent)[0].reason
    bench.meet()
    index = bench.world.pk.store.logs.size(f"{PK}.fusion/log/1")

    revoke(bench, pk, pk.officer, pk.author.kid, since)

    (one,) = of_message(bench.cn, name_of(sent))
    assert one.word == word
    assert one.notice is not None
    assert (one.notice.by, one.notice.filed) == ("issuer@pk", FILED)
    assert (one.notice.since, one.notice.index) == (since, index)
    (line,) = standing_lines([one])
    assert f"{word.replace('_', ' ')} by issuer@pk on 2027-01-15" in line
    opened = TerminalDesk(bench.cn).read(1)
    assert (opened.signer_standing, opened.notes) == (word, [line])


def test_w2_what_a_thief_dates_back(bench: Bench) -> None:
    """Filed before the theft by its own word, and in no head of that time."""
    pk, cn = (bench.world.nations[node] for node in (PK, CN))
    stolen = NOW + 1_000
    dated = bulletin(pk, cn, text(cn), filed=NOW, valid_from=NOW)
    assert not bench.world.pk.from_desk(dated)[0].reason
    bench.meet()
    revoke(bench, pk, pk.officer, pk.author.kid, stolen)
    for desk in (bench.cn, bench.pk):
        (one,) = of_message(desk, name_of(dated))
        assert one.word == "DISOWNED"


LIVES = {
    "ended": (NOW - 9 * DAY, NOW - DAY),
    "not begun": (FILED + DAY, FILED + 9 * DAY),
}


@pytest.mark.parametrize("life", LIVES.values(), ids=LIVES)
def test_w4_a_key_out_of_its_time(partner: Partner, life: tuple[int, int]) -> None:
    """Told to its desk as what another signature cures; mirrored as refused."""
    ours, theirs = partner.victim, partner.nation
    site = partner.bench.world.pk
    assert not site.submit(enrolled_for(ours, life))[0].reason
    before = partner.rows()
    (answer,) = site.from_desk(by_that_officer(ours, theirs))
    assert answer.reason == Reason.SIGNER_TIME
    assert CLASSES[Reason.SIGNER_TIME] is RefusalClass.RESIGN
    assert partner.rows() == before

    partner.deliver(enrolled_for(theirs, life))
    partner.assert_refused((by_that_officer(theirs, ours), Reason.SIGNER_TIME))


def officer(nation: Nation) -> Ed25519Signer:
    """An officer whose key is not valid today."""
    return ed(f"{nation.domain} officer of another time")


def enrolled_for(nation: Nation, life: tuple[int, int]) -> pb.Envelope:
    subject = f"duty-9@{nation.desk}"
    stated = statements.key_statement(subject, "author", officer(nation), life)
    return directory(nation, stated, [("issuer", nation.issuer)])


def by_that_officer(nation: Nation, reader: Nation) -> pb.Envelope:
    signer = officer(nation)
    core = header(nation, reader, "another time", author=signer.kid)
    made = envelope.seal(core, text(reader), publics(nation, reader))
    return envelope.sign(made, [("author", signer)])


def test_w10_envelopes_older_than_the_keys(bench: Bench) -> None:
    """A thief has the desk, its passphrase and all that ever went over the line."""
    ringed = Ringed(bench)
    cn = bench.world.nations[CN]
    old = sealed(cn, ringed.nation, text(ringed.nation, "Kept by the thief"))
    with ringed.officer() as desk:
        desk.sync()
        first = ringed.ring.keys[0]
        for _ in range(8):
            ringed.rotate(desk)
            bench.meet()
            desk.sync()
        assert first.seed not in {one.seed for one in ringed.ring.keys}
        assert not ringed.holds(first.seed)
        parsed = envelope.split(old.entry)
        with pytest.raises(Refusal) as refused:
            envelope.open_envelope(parsed, old.wraps, old.body, desk.officer.openers)
    assert refused.value.reason == Reason.KEY_GONE
