"""Versions of the glossary: published, acknowledged by both sides, in force."""

import pytest

from exchange.desk.client import Desk
from exchange.desk.translation import terms
from exchange.errors import Reason, Refusal
from exchange.translation.glossary import Glossary
from exchange.v1 import bulletin_pb2
from exchange.v1 import envelope_pb2 as pb
from exchange.words import use
from tests.bulletin.examples import EXAMPLES
from tests.desk.bench import Bench
from tests.node.world import CN, PK

SEED = Glossary.seed()
SOME = SEED.terms[:5]
MORE = SEED.terms[:9]


def publish(
    bench: Bench,
    sender: str = PK,
    version: int = 1,
    told: tuple[bulletin_pb2.Term, ...] = SOME,
) -> bytes:
    desk, other = (bench.pk, CN) if sender == PK else (bench.cn, PK)
    sent = terms.publish(desk, told, version, [bench.world.nations[other].desk])
    assert not sent.reason
    return sent.name


def agreed(
    bench: Bench,
    sender: str = PK,
    version: int = 1,
    told: tuple[bulletin_pb2.Term, ...] = SOME,
) -> bytes:
    """Publish a version, and let the other desk agree to it."""
    name = publish(bench, sender, version, told)
    bench.meet()
    agree(bench, bench.cn if sender == PK else bench.pk, name)
    return name


def agree(
    bench: Bench, desk: Desk, name: bytes, relation: int = pb.RELATION_ACKNOWLEDGED
) -> None:
    desk.acknowledge(name, pb.Relation.ValueType(relation))
    bench.meet()


def in_force(bench: Bench) -> list[int]:
    """The version at each desk."""
    return [terms.glossary(desk).version for desk in (bench.pk, bench.cn)]


def refused(desk: Desk, version: int, to: list[str]) -> tuple[Reason, str]:
    with pytest.raises(Refusal) as caught:
        terms.publish(desk, SOME, version, to)
    assert not desk.mailbox.database.count()
    return caught.value.reason, caught.value.where


def test_before_the_first_version_the_seed_holds(bench: Bench) -> None:
    assert terms.glossary(bench.pk) is SEED
    assert not terms.versions(bench.pk)
    assert terms.next_number(bench.pk) == 1


@pytest.mark.parametrize(
    ("lang", "subject"),
    [
        ("en", "Glossary, version 1"),
        ("ur", "فرہنگِ اصطلاحات، نسخہ 1"),
        ("zh-Hans", "术语表第 1 版"),
    ],
)
def test_a_version_is_called_in_the_language_in_use(
    bench: Bench, lang: str, subject: str
) -> None:
    use(lang)
    name = publish(bench)

    row = bench.pk.mailbox.messages.row(name)
    assert (row.lang, row.subject) == (lang, subject)


def test_a_version_is_in_force_once_both_sides_acknowledged_it(bench: Bench) -> None:
    name = publish(bench)
    assert in_force(bench) == [0, 0]
    bench.meet()
    assert in_force(bench) == [0, 0]
    (version,) = terms.versions(bench.cn)
    assert (version.number, version.terms, version.desk) == (1, 5, "ops.islamabad.pk")
    assert version.waits == ("ops.beijing.cn",)
    agree(bench, bench.cn, name)
    assert in_force(bench) == [1, 1]
    assert terms.glossary(bench.cn).terms == SOME
    (version,) = terms.versions(bench.pk)
    assert version.in_force
    assert not version.waits


@pytest.mark.parametrize(
    ("relation", "version"),
    [
        (pb.RELATION_OPENED, 0),
        (pb.RELATION_CANNOT_COMPLY, 0),
        (pb.RELATION_ACKNOWLEDGED, 1),
        (pb.RELATION_COMPLETED, 1),
    ],
)
def test_only_an_agreement_is_one(bench: Bench, relation: int, version: int) -> None:
    name = publish(bench)
    bench.meet()
    if relation == pb.RELATION_CANNOT_COMPLY:
        bench.cn.acknowledge(name, pb.RELATION_CANNOT_COMPLY, "Words are missing.")
        bench.meet()
    else:
        agree(bench, bench.cn, name, relation)
    assert in_force(bench) == [version, version]


def test_the_old_version_holds_until_the_new_one_is_agreed(bench: Bench) -> None:
    agreed(bench)
    second = publish(bench, version=2, told=MORE)
    bench.meet()
    assert in_force(bench) == [1, 1]
    agree(bench, bench.cn, second)
    assert in_force(bench) == [2, 2]
    assert [v.number for v in terms.versions(bench.pk)] == [2, 1]


def references(desk: Desk, name: bytes) -> list[tuple[str, bytes]]:
    core = pb.Core.FromString(desk.mailbox.messages.read(name).core)
    return [(pb.Relation.Name(r.relation), r.name) for r in core.references]


def test_a_version_follows_the_one_before(bench: Bench) -> None:
    """One's own is superseded; another's, which only its author may, is updated."""
    first = agreed(bench)
    second = publish(bench, CN, 2)
    assert references(bench.cn, second) == [("RELATION_UPDATES", first)]
    bench.meet()
    agree(bench, bench.pk, second)
    third = publish(bench, CN, 3)
    assert references(bench.cn, third) == [("RELATION_SUPERSEDES", second)]
    bench.meet()
    assert {v.number for v in terms.versions(bench.pk)} == {1, 2, 3}
    assert in_force(bench) == [2, 2]


def test_two_versions_of_one_number_are_decided_alike(bench: Bench) -> None:
    """Both sides publish at once, and each agrees to the other's."""
    names = [publish(bench, PK), publish(bench, CN, told=MORE)]
    bench.meet()
    bench.cn.acknowledge(names[0], pb.RELATION_ACKNOWLEDGED)
    bench.pk.acknowledge(names[1], pb.RELATION_ACKNOWLEDGED)
    bench.meet()
    for desk in (bench.pk, bench.cn):
        held, other = terms.versions(desk)
        assert (held.name, held.in_force) == (min(names), True)
        assert (other.name, other.in_force) == (max(names), False)
        assert held.rivals == (other.name,)
        assert other.rivals == (held.name,)
    assert terms.glossary(bench.pk).terms == terms.glossary(bench.cn).terms
    assert terms.next_number(bench.pk) == terms.next_number(bench.cn) == 2


def test_of_two_versions_of_one_number_the_agreed_one_holds(bench: Bench) -> None:
    names = [publish(bench, PK), publish(bench, CN)]
    bench.meet()
    later = max(names)
    desk = bench.cn if later == names[0] else bench.pk
    agree(bench, desk, later)
    found = {version.name: version for version in terms.versions(bench.pk)}
    assert found[later].in_force
    assert not found[later].rivals


def glossary(mode: str, **details: object) -> dict[str, object]:
    """What a partner's program may write as a version."""
    terms = EXAMPLES["GLOSSARY"]["terms"]
    return {"kind": "GLOSSARY", "mode": mode, "details": details, "terms": terms}


def test_an_exercise_never_comes_into_force(bench: Bench) -> None:
    name = bench.deliver("EXERCISE: terms", **glossary("EXERCISE", version=1))
    agree(bench, bench.cn, name)
    assert in_force(bench) == [0, 0]
    assert not terms.versions(bench.pk)[0].joint


def test_a_recalled_version_is_none(bench: Bench) -> None:
    name = agreed(bench)
    bench.pk.recall(name, "SENT_BY_MISTAKE")
    bench.meet()
    assert in_force(bench) == [0, 0]


def test_a_version_holds_from_the_time_that_it_names(bench: Bench) -> None:
    details = {"version": 1, "in_force_from": "2099-01-01T00:00:00Z"}
    name = bench.deliver("Terms", **glossary("ACTUAL", **details))
    agree(bench, bench.cn, name)
    assert in_force(bench) == [0, 0]
    bench.now = 4_102_444_800_000  # 2100
    assert in_force(bench) == [1, 1]


def test_a_partner_cannot_use_up_the_numbers(bench: Bench) -> None:
    bench.send_back("Terms", **glossary("ACTUAL", version=999_999))
    bench.meet()
    assert terms.next_number(bench.pk) == 1
    assert in_force(bench) == [0, 0]


@pytest.mark.parametrize("version", [0, 2, 999_999, -1])
def test_a_version_has_the_next_number(bench: Bench, version: int) -> None:
    where = (Reason.FIELD_VALUE, "details.version")
    assert refused(bench.pk, version, ["ops.beijing.cn"]) == where


@pytest.mark.parametrize("to", [[], ["duty.islamabad.pk"]])
def test_a_version_is_for_another_nation_too(bench: Bench, to: list[str]) -> None:
    assert refused(bench.pk, 1, to) == (Reason.RECIPIENTS, "to")


def test_a_bad_term_is_refused_and_nothing_kept(bench: Bench) -> None:
    bad = bulletin_pb2.Term(id="bad", domain="MEDICAL")
    with pytest.raises(Refusal) as caught:
        terms.publish(bench.pk, [bad], 1, ["ops.beijing.cn"])
    assert caught.value.where.startswith("terms.0.forms")
    assert not bench.pk.mailbox.database.count()
