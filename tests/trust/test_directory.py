"""Who may speak, by rules of docs/spec/statements.md that its vectors do not break."""

import pytest

from exchange.errors import Reason
from exchange.limits import RETENTION
from exchange.trust import statements
from exchange.trust.directory import Directory
from exchange.trust.root_pairs import pair_of
from exchange.v1 import envelope_pb2 as pb
from keys.sealing import Opener
from keys.signing import ML_DSA_44, Signer
from tests.expecting import refusing
from tests.trust.editions import roots, state_roots
from tests.trust.nation import (
    DAY,
    NOW,
    Nation,
    ed,
    key,
    officers_of,
    revocation,
    seed,
)

QUORUM = b"quorum none\n"


@pytest.fixture
def pk() -> Nation:
    return Nation().enrol()


# What holds.


def test_a_log_begins_with_issuer_officer_sealing_key(pk: Nation) -> None:
    directory = pk.directory

    author = directory.signer("author", pk.author.kid)
    assert author is not None
    assert (author.subject, author.public, author.index) == (
        pk.officer,
        pk.author.public,
        1,
    )
    assert [k.kid for k in directory.sealing_keys(pk.desk)] == [pk.sealing.kid]
    assert [k.subject for k in officers_of(directory)] == [pk.officer]
    assert directory.desks() == [pk.desk]


def test_the_first_entry_verifies_with_the_bundle_alone() -> None:
    nation = Nation()

    ed_root, ml_root = (
        nation.directory.signer("root", root.kid) for root in nation.roots
    )

    assert ed_root is not None
    assert ml_root is not None
    assert ml_root.algorithm == ML_DSA_44
    assert nation.directory.signer("root", ed_root.kid) == ed_root


def test_a_kid_signs_in_its_own_role_only(pk: Nation) -> None:
    for role in ("releaser", "issuer", "root", "sealing", ""):
        assert pk.directory.signer(role, pk.author.kid) is None
    assert pk.directory.signer("author", pk.sealing.kid) is None
    assert pk.directory.signer("author", pk.author.kid[:8]) is None
    assert pk.directory.signer("author", seed("unknown")) is None


def test_the_newest_sealing_key_comes_first(pk: Nation) -> None:
    newer = Opener(seed("newer"))
    life = NOW, NOW + 8 * DAY
    stated = statements.sealing_statement(pk.desk, newer.public, life)
    pk.say(stated, pk.by_author())

    kids = [key.kid for key in pk.directory.sealing_keys(pk.desk)]

    assert kids == [newer.kid, pk.sealing.kid]
    assert pk.directory.sealing_keys("ops.lahore.pk") == []


def test_an_officer_may_hold_a_releasers_key(pk: Nation) -> None:
    pk.say(key(pk.officer, "releaser", ed("releaser")), pk.by_issuer())

    found = pk.directory.signer("releaser", ed("releaser").kid)

    assert found is not None
    assert found.subject == pk.officer
    assert [k.role for k in officers_of(pk.directory)] == ["author", "releaser"]


def test_roots_state_policies(pk: Nation) -> None:
    """A quorum and a retention stand beside each other; of each the newest counts."""
    said = [QUORUM, b"retention 30\n", b"# none\n" + QUORUM, b"retention 0\n"]
    assert (pk.directory.quorum_text, pk.directory.retention) == (None, RETENTION)
    assert RETENTION == 90 * DAY

    for serial, text in enumerate(said[:2], 1):
        pk.say(statements.policy_statement("pk", text, serial), pk.by_roots())
    assert pk.directory.quorum_text == said[0]
    assert pk.directory.retention == 30 * DAY

    for serial, text in enumerate(said[2:], 3):
        pk.say(statements.policy_statement("pk", text, serial), pk.by_roots())
    assert pk.directory.quorum_text == said[2]
    assert pk.directory.retention == 0
    assert pk.directory.retentions == ((0, RETENTION), (NOW, 30 * DAY), (NOW, 0))


@pytest.mark.parametrize(
    "text",
    [
        b"x",
        b"quorum beijing.cn\n",
        b"quorum none",
        QUORUM + b"retention 30\n",
        b"retention",
        b"retention\n",
        b"retention -1\n",
        b"retention 1.5\n",
        b"retention 30 \n",
        b" retention 30\n",
        b"retention\t30\n",
        b"retention 30\nretention 30\n",
        b"retention 30\nquorum none\n",
        b"retention 9999999\n",
        "retention \u0663\u0660\n".encode(),
        b"Retention 30\n",
    ],
)
def test_what_is_no_policy_is_refused(pk: Nation, text: bytes) -> None:
    stated = statements.policy_statement("pk", text, 1)

    with refusing(Reason.POLICY):
        pk.directory.check(pk.core(pk.roots[0].kid), stated, pk.by_roots())
    with refusing(Reason.POLICY):
        pk.say(stated, pk.by_roots())
    assert pk.directory.quorum_text is None
    assert pk.directory.retention == RETENTION


# Whose it is.


def test_another_nations_bundle_makes_no_directory(pk: Nation) -> None:
    with refusing(Reason.BUNDLE):
        Directory("beijing.cn", pk.bundle)


def test_a_root_speaks_for_its_own_domain_only(pk: Nation) -> None:
    stated = key("issuer@cn", "issuer", ed("x"))
    policy = statements.policy_statement("cn", QUORUM, 1)

    with refusing(Reason.STATEMENT):
        pk.say(stated, pk.by_roots())
    with refusing(Reason.STATEMENT):
        pk.say(policy, pk.by_roots())


# Who says it.


def test_both_roots_are_needed(pk: Nation) -> None:
    stated = key("issuer@pk", "issuer", ed("x"))
    one, other = pk.by_roots()

    for signers in ([one], [other], [one, one], [other, other], [one, other, one]):
        with refusing(Reason.SIGNERS):
            pk.say(stated, signers, author=pk.roots[0])


def test_an_issuer_makes_no_issuer_and_no_policy(pk: Nation) -> None:
    issuer = key("issuer@pk", "issuer", ed("x"))
    policy = statements.policy_statement("pk", QUORUM, 1)

    with refusing(Reason.SIGNERS):
        pk.say(issuer, pk.by_issuer())
    with refusing(Reason.SIGNERS):
        pk.say(policy, pk.by_issuer())


def test_an_officer_makes_no_officer(pk: Nation) -> None:
    stated = key("chief@ops.islamabad.pk", "author", ed("x"))

    with refusing(Reason.SIGNERS):
        pk.say(stated, pk.by_author())
    with refusing(Reason.SIGNERS):
        pk.say(stated, pk.by_roots())


def test_a_sealing_key_is_an_officers_of_that_desk_to_state(pk: Nation) -> None:
    other = statements.sealing_statement(
        "radio.islamabad.pk", pk.sealing.public, (NOW, NOW + DAY)
    )
    fresh = statements.sealing_statement(
        pk.desk, Opener(seed("x")).public, (NOW, NOW + DAY)
    )

    with refusing(Reason.STATEMENT):
        pk.say(other, pk.by_author())
    with refusing(Reason.SIGNERS):
        pk.say(fresh, pk.by_issuer())
    with refusing(Reason.SIGNERS):
        pk.say(fresh, pk.by_roots())


def test_a_releaser_states_no_sealing_key(pk: Nation) -> None:
    pk.say(key(pk.officer, "releaser", ed("releaser")), pk.by_issuer())
    fresh = statements.sealing_statement(
        pk.desk, Opener(seed("x")).public, (NOW, NOW + DAY)
    )
    by_releaser = pk.signers(("releaser", ed("releaser")))

    with refusing(Reason.SIGNERS):
        pk.say(fresh, by_releaser)


# One key, one role, one subject, for ever.


def test_a_key_comes_once(pk: Nation) -> None:
    again = [
        key(pk.officer, "author", pk.author),
        key(pk.officer, "releaser", pk.author),
        key("chief@ops.islamabad.pk", "author", pk.author),
        key("chief@ops.islamabad.pk", "author", pk.issuer),
    ]

    for stated in again:
        with refusing(Reason.KEY):
            pk.say(stated, pk.by_issuer())


def test_a_root_key_is_nothing_else(pk: Nation) -> None:
    root = ed("pk root")
    stated = key("chief@ops.islamabad.pk", "author", root)

    with refusing(Reason.KEY):
        pk.say(stated, pk.by_issuer())


def test_a_sealing_key_belongs_to_one_desk(pk: Nation) -> None:
    desk = "radio.islamabad.pk"
    pk.say(key(f"duty-1@{desk}", "author", ed("radio")), pk.by_issuer())
    stolen = statements.sealing_statement(desk, pk.sealing.public, (NOW, NOW + DAY))

    with refusing(Reason.KEY):
        pk.say(stolen, pk.signers(("author", ed("radio"))))


def test_serials_of_policies_and_of_roots_grow_by_a_bounded_step(pk: Nation) -> None:
    def policy(serial: int) -> pb.Statement:
        return statements.policy_statement("pk", b"retention 30\n", serial)

    for serial in (1, 1 + 65_536, 2 + 65_536):
        pk.say(policy(serial), pk.by_roots())
    for serial in (1, 2 + 65_536, 3 + 2 * 65_536, 2**63 - 1):
        with refusing(Reason.SERIAL):
            pk.say(policy(serial), pk.by_roots())
    # New roots count for themselves.
    new = roots(1)
    stated = state_roots("pk", new, 1)
    signers = [
        *pk.by_roots(),
        *pk.directory.register_roots(pair_of(stated), -1).values(),
    ]
    for serial in (0, 65_537):
        stated.serial = serial
        with refusing(Reason.SERIAL):
            pk.say(stated, signers, pk.roots[0])
    stated.serial = 65_536
    pk.say(stated, signers, pk.roots[0])


def test_a_refused_statement_leaves_no_trace(pk: Nation) -> None:
    bad = key("chief@ops.islamabad.pk", "author", pk.author)
    with refusing(Reason.KEY):
        pk.say(bad, pk.by_issuer())

    assert pk.directory.count_statements("chief@ops.islamabad.pk") == 0
    pk.say(key("chief@ops.islamabad.pk", "author", ed("chief")), pk.by_issuer())


# Revocations.


def test_a_revoked_key_is_known_as_such_and_never_comes_back(pk: Nation) -> None:
    stated = revocation(pk.officer, pk.author.kid, NOW - DAY)
    pk.say(stated, pk.by_issuer())

    assert pk.directory.revoked_since(pk.author.kid, pk.officer) == NOW - DAY
    again = key(pk.officer, "author", pk.author)
    with refusing(Reason.KEY):
        pk.say(again, pk.by_issuer())


def test_a_revoked_sealing_key_is_offered_no_more(pk: Nation) -> None:
    stated = revocation(pk.node, pk.sealing.kid, NOW)
    pk.say(stated, pk.by_roots())

    assert pk.directory.sealing_keys(pk.desk) == []


def test_a_second_revocation_reaches_back_only(pk: Nation) -> None:
    for since in (NOW, NOW - DAY, NOW + DAY):
        stated = revocation(pk.officer, pk.author.kid, since)
        pk.say(stated, pk.by_issuer())

    assert pk.directory.revoked_since(pk.author.kid, pk.officer) == NOW - DAY


def test_certificates_of_own_nodes_and_desks_are_revoked(pk: Nation) -> None:
    for subject in (pk.node, pk.desk):
        spki = seed(f"{subject} spki")
        pk.say(revocation(subject, spki, NOW), pk.by_issuer())
        assert pk.directory.revoked_since(spki, subject) == NOW

    for subject in ("lahore.pk", "beijing.cn", "ops.beijing.cn"):
        stated = revocation(subject, seed("x"), NOW)
        with refusing(Reason.STATEMENT):
            pk.say(stated, pk.by_issuer())


def test_only_the_roots_revoke_an_issuer(pk: Nation) -> None:
    pk.say(key("issuer@pk", "issuer", ed("next")), pk.by_roots())
    stated = revocation(pk.node, ed("next").kid, NOW)

    with refusing(Reason.STATEMENT):
        pk.say(stated, pk.by_issuer())
    pk.say(stated, pk.by_roots())
    assert pk.directory.revoked_since(ed("next").kid, "issuer@pk") == NOW


def test_an_issuer_keeps_no_roots_out(pk: Nation) -> None:
    new = roots(1)
    stated = state_roots("pk", new, 1)
    kept = list(pk.directory.register_roots(pair_of(stated), -1).values())
    for root in new:
        pk.say(revocation(pk.node, root.kid, NOW), pk.by_issuer())

    pk.say(stated, [*pk.by_roots(), *kept], pk.roots[0])

    assert pk.directory.roots().keys() == {root.kid for root in new}


def test_the_roots_keep_out_whom_they_name_whosever_it_would_be(pk: Nation) -> None:
    new, chief = roots(1), "chief@ops.islamabad.pk"
    stated = state_roots("pk", new, 1)
    kept = list(pk.directory.register_roots(pair_of(stated), -1).values())
    pk.say(revocation(pk.node, ed("chief").kid, NOW), pk.by_roots())
    pk.say(revocation(pk.node, new[1].kid, NOW), pk.by_roots())

    with refusing(Reason.KEY):
        pk.say(key(chief, "author", ed("chief")), pk.by_issuer())
    with refusing(Reason.KEY):
        pk.say(stated, [*pk.by_roots(), *kept], pk.roots[0])


# Which key is sealed for.


def state_sealing(pk: Nation, name: str, days: int, by: Signer) -> bytes:
    """State a sealing key of the desk for some days; return its kid."""
    opener = Opener(seed(name))
    life = NOW, NOW + days * DAY
    stated = statements.sealing_statement(pk.desk, opener.public, life)
    pk.say(stated, pk.signers(("author", by)))
    return opener.kid


def chosen(pk: Nation, at: int) -> bytes:
    key = pk.directory.sealing_key(pk.desk, at)
    assert key is not None
    return key.kid


def test_the_key_in_use_is_the_last_whose_time_and_signer_are_good(pk: Nation) -> None:
    second = ed("second")
    pk.say(key("chief@ops.islamabad.pk", "author", second), pk.by_issuer())
    long = state_sealing(pk, "long", 31, pk.author)
    short = state_sealing(pk, "short", 2, pk.author)
    stolen = state_sealing(pk, "stolen", 31, second)
    assert chosen(pk, NOW) == stolen

    pk.say(revocation("chief@ops.islamabad.pk", second.kid, NOW), pk.by_issuer())

    assert chosen(pk, NOW) == short
    assert chosen(pk, NOW + 2 * DAY + 1) == long
    # Without any that is good: the last that is not revoked.
    assert chosen(pk, NOW + 31 * DAY + 1) == stolen
    pk.say(revocation(pk.desk, stolen, NOW), pk.by_issuer())
    assert chosen(pk, NOW + 31 * DAY + 1) == short


def test_no_more_keys_are_looked_at_than_a_bound(
    pk: Nation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exchange.trust.directory.SEALING_KEYS_SEEN", 2)
    ended = [state_sealing(pk, f"ended {n}", 1, pk.author) for n in range(2)]

    assert chosen(pk, NOW + 2 * DAY) == ended[-1]
    monkeypatch.setattr("exchange.trust.directory.SEALING_KEYS_SEEN", 3)
    assert chosen(pk, NOW + 2 * DAY) == pk.sealing.kid
