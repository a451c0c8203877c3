"""T1, T2: a thief with the key of an issuer, or of an author, and what undoes it.

Islamabad's keys are stolen a day after all that its log holds; a day later the thief
speaks.
"""

import pytest

from exchange import envelope
from exchange.desk.standing_text import standing_lines
from exchange.errors import Reason
from exchange.limits import DAY, SEALING_KEYS_A_DAY
from exchange.trust import statements
from exchange.v1 import envelope_pb2 as pb
from keys.sealing import Opener
from keys.signing import Ed25519Signer
from tests.desk.bench import Bench
from tests.desk.forging import header, name_of, publics, text
from tests.desk.test_signer_standings import of_message
from tests.node.world import CN, FILED, PK, bulletin, directory
from tests.trust.nation import NOW, YEAR, Nation, ed, key, revocation, seed

STOLEN = FILED + 2 * DAY
THIEF, HONEST, NEXT = ed("thief"), ed("honest"), ed("next issuer")


@pytest.fixture
def pk(bench: Bench) -> Nation:
    """Islamabad, whose honest officer has written; two days went by since."""
    nation = bench.world.nations[PK]
    bench.meet()
    pass_time(bench, DAY)
    say(bench, of_issuer(nation, key(f"watch-1@{nation.desk}", "author", HONEST)))
    bench.meet()
    pass_time(bench, 2 * DAY)
    return nation


def pass_time(bench: Bench, by: int) -> None:
    for site in (bench.world.pk, bench.world.cn):
        site.now += by


def say(bench: Bench, *sent: pb.Envelope) -> None:
    for answer in bench.world.pk.submit(*sent):
        assert not answer.reason, answer


def of_issuer(nation: Nation, said: pb.Statement) -> pb.Envelope:
    return directory(nation, said, [("issuer", nation.issuer)])


def by_roots(nation: Nation, said: pb.Statement) -> pb.Envelope:
    return directory(nation, said, [("root", root) for root in nation.roots])


def revoked_by_roots(nation: Nation, *kids: bytes) -> list[pb.Envelope]:
    said = [revocation(nation.node, kid, STOLEN) for kid in kids]
    return [by_roots(nation, one) for one in said]


def written(bench: Bench, by: Ed25519Signer, text_: str) -> pb.Envelope:
    nations = bench.world.nations
    core = header(nations[PK], nations[CN], text_, author=by.kid)
    body, keys = text(nations[CN], text_), publics(nations[PK], nations[CN])
    return envelope.sign(envelope.seal(core, body, keys), [("author", by)])


def word(bench: Bench, sent: pb.Envelope) -> str:
    (one,) = of_message(bench.cn, name_of(sent))
    return one.word


def test_t1_the_roots_revoke_whatever_a_stolen_issuer_stated(
    bench: Bench, pk: Nation
) -> None:
    """It states a key, revokes it, states another: nothing keeps the roots out."""
    first = ed("thief's first")
    say(bench, of_issuer(pk, key(pk.officer, "author", first)))
    say(bench, of_issuer(pk, revocation(pk.officer, first.kid, NOW)))
    say(bench, of_issuer(pk, revocation(pk.officer, THIEF.kid, NOW + YEAR)))
    second = ed("thief's second")
    say(bench, of_issuer(pk, key(pk.officer, "author", second)))
    sent = written(bench, second, "By the thief")
    assert not bench.world.pk.from_desk(sent)[0].reason
    bench.meet()

    say(bench, *revoked_by_roots(pk, pk.issuer.kid, second.kid, THIEF.kid, first.kid))
    bench.meet()

    (late,) = bench.world.pk.from_desk(written(bench, second, "Later"))
    assert late.reason == Reason.SIGNER_REVOKED
    (more,) = bench.world.pk.submit(
        of_issuer(pk, key(pk.officer, "author", ed("third")))
    )
    assert more.reason == Reason.SIGNER_REVOKED
    assert word(bench, sent) == "DISOWNED"
    say(bench, by_roots(pk, key("issuer@pk", "issuer", NEXT)))
    kept_out = key("watch-2@ops.islamabad.pk", "author", THIEF)
    (again,) = bench.world.pk.submit(directory(pk, kept_out, [("issuer", NEXT)]))
    assert again.reason == Reason.KEY  # whosever it would be


def test_t1_what_a_revoked_issuer_stated_is_disowned_until_the_roots_speak(
    bench: Bench, pk: Nation
) -> None:
    """An honest officer of before stands; who was stated after the theft does not."""
    say(bench, of_issuer(pk, key(pk.officer, "author", THIEF)))
    honest = written(bench, HONEST, "By an officer of before")
    stolen = written(bench, THIEF, "By the thief")
    for sent in (honest, stolen):
        assert not bench.world.pk.from_desk(sent)[0].reason
    bench.meet()
    assert word(bench, stolen) == "GOOD"

    say(bench, *revoked_by_roots(pk, pk.issuer.kid))
    bench.meet()

    (one,) = of_message(bench.cn, name_of(stolen))
    assert (one.word, one.notice and one.notice.issuer) == ("DISOWNED", "issuer@pk")
    assert "issuer@pk stated the key" in standing_lines([one])[0]
    assert word(bench, honest) == "GOOD"

    later = revocation(pk.node, THIEF.kid, FILED + 9 * DAY)
    say(bench, by_roots(pk, later))
    bench.meet()
    assert word(bench, stolen) == "BEFORE_REVOCATION"


def test_t1_a_stolen_issuer_disowns_no_honest_history(bench: Bench, pk: Nation) -> None:
    """It revokes an honest key since 1970: that counts from its entry on alone."""
    honest = written(bench, HONEST, "By an officer of before")
    assert not bench.world.pk.from_desk(honest)[0].reason
    bench.meet()
    say(bench, of_issuer(pk, revocation(f"watch-1@{pk.desk}", HONEST.kid, 1)))
    bench.meet()
    assert word(bench, honest) == "DISOWNED"

    say(bench, *revoked_by_roots(pk, pk.issuer.kid))
    bench.meet()

    assert word(bench, honest) == "GOOD"
    (late,) = bench.world.pk.from_desk(written(bench, HONEST, "Later"))
    assert late.reason == Reason.SIGNER_REVOKED


def sealing_by(nation: Nation, author: Ed25519Signer, name: str) -> pb.Envelope:
    public = Opener(seed(name)).public
    stated = statements.sealing_statement(nation.desk, public, (FILED, FILED + 7 * DAY))
    return directory(nation, stated, [("author", author)])


def test_t2_a_desk_goes_on_under_new_keys(bench: Bench, pk: Nation) -> None:
    """The thief states all the sealing keys that he may; then his key is revoked."""
    site, world = bench.world.pk, bench.world
    stolen = [
        sealing_by(pk, pk.author, f"stolen {n}") for n in range(SEALING_KEYS_A_DAY + 1)
    ]
    reasons = [answer.reason for answer in site.from_desk(*stolen)]
    assert reasons == [*[""] * SEALING_KEYS_A_DAY, Reason.RATE]
    say(bench, of_issuer(pk, revocation(pk.officer, pk.author.kid, STOLEN)))
    say(bench, of_issuer(pk, key(pk.officer, "author", NEXT)))

    (answer,) = site.from_desk(sealing_by(pk, NEXT, "honest"))

    assert not answer.reason
    bench.meet()
    chosen = bench.cn.pinned.sealing_key(pk.desk, site.now)
    assert chosen is not None
    assert chosen.kid == Opener(seed("honest")).kid
    reading = Nation()
    reading.sealing = Opener(seed("honest"))
    sent = bulletin(world.nations[CN], reading, b"for the desk that goes on")
    assert not world.cn.from_desk(sent)[0].reason


def test_t2_a_key_by_a_thief_is_passed_over_once_he_is_revoked(
    bench: Bench, pk: Nation
) -> None:
    """By the desk that sends, and by its node: the honest key was not replaced."""
    (answer,) = bench.world.pk.from_desk(sealing_by(pk, HONEST, "stolen"))
    assert not answer.reason
    honest = f"watch-1@{pk.desk}"
    say(bench, of_issuer(pk, revocation(honest, HONEST.kid, STOLEN)))
    bench.meet()
    chosen = bench.cn.pinned.sealing_key(pk.desk, bench.world.cn.now)
    assert chosen is not None
    assert chosen.kid == pk.sealing.kid
    bench.world.cn.now += 20 * DAY  # long after it would have been replaced

    (sent,) = bench.world.cn.from_desk(
        bulletin(bench.world.nations[CN], pk, b"by the honest key")
    )

    assert not sent.reason


def test_t2_what_did_not_get_a_place_costs_no_more(bench: Bench, pk: Nation) -> None:
    """The same envelope again is the same key; a day later there is room again."""
    site = bench.world.pk
    stated = [sealing_by(pk, pk.author, f"key {n}") for n in range(SEALING_KEYS_A_DAY)]
    pace = site.node.sealing_pace
    for sent in stated:
        for _ in range(3):  # its append failed
            pace.spend(pk.author.kid, name_of(sent), site.clock.elapsed())

    (last,) = site.from_desk(stated[0])
    (over,) = site.from_desk(sealing_by(pk, pk.author, "one more"))
    (other,) = site.from_desk(sealing_by(pk, HONEST, "by another"))
    site.now += DAY
    (after,) = site.from_desk(sealing_by(pk, pk.author, "a day later"))

    assert [last.reason, over.reason, other.reason] == ["", Reason.RATE, ""]
    assert not after.reason
