"""P9 to P11, W1 to W3, W5: a release is by two officers over the same bytes.

The roots of both nations ask for two with RED.
"""

from collections.abc import Sequence

import pytest

from exchange import envelope
from exchange.errors import Reason
from exchange.trust.statements import policy_statement
from exchange.v1 import envelope_pb2 as pb
from keys.signing import Ed25519Signer, Signer
from tests.desk.forging import header, publics, text
from tests.desk.test_signer_standings import STANDINGS, of_message
from tests.hostile.partner import Case, Partner, signature_of, with_signatures
from tests.node.world import FILED, directory
from tests.trust.nation import Nation, ed, key, revocation

POLICY = b"release\n* RED * two\n"
SIGNATURE, SIGNERS, RELEASE = Reason.SIGNATURE, Reason.SIGNERS, Reason.RELEASE
UNKNOWN = Reason.SIGNER_UNKNOWN


def chief(nation: Nation) -> Ed25519Signer:
    """The releaser of a nation's desk."""
    return ed(f"{nation.domain} chief")


def second(nation: Nation) -> Ed25519Signer:
    """The second key of the author himself, in the role of releaser."""
    return ed(f"{nation.domain} author as releaser")


def stranger(nation: Nation) -> Ed25519Signer:
    """The releaser of another desk of that node."""
    return ed(f"{nation.domain} releaser elsewhere")


def enrolments(nation: Nation) -> list[pb.Envelope]:
    roots = [("root", root) for root in nation.roots]
    officers = (
        (f"chief@{nation.desk}", chief(nation)),
        (nation.officer, second(nation)),
        (f"chief@watch.{nation.node}", stranger(nation)),
    )
    return [
        directory(nation, policy_statement(nation.domain, POLICY, 1), roots),
        *(
            directory(nation, key(who, "releaser", signer), [("issuer", nation.issuer)])
            for who, signer in officers
        ),
    ]


@pytest.fixture
def enrolled(partner: Partner) -> Partner:
    site = partner.bench.world.pk
    answers = site.submit(*enrolments(partner.victim))
    assert [answer.reason for answer in answers] == [""] * len(answers)
    partner.deliver(*enrolments(partner.nation))
    return partner


def released(
    author: Nation,
    reader: Nation,
    seed: object = "one",
    release: int = pb.RELEASE_RELEASED,
    **changes: object,
) -> envelope.Sealed:
    changes = {"tlp": pb.TLP_RED, "release": release} | changes
    core = header(author, reader, (seed, release), **changes)
    return envelope.seal(core, text(reader), publics(author, reader))


def by(made: envelope.Sealed, *signers: tuple[str, Signer]) -> pb.Envelope:
    return envelope.sign(made, signers)


def signature(
    made: envelope.Sealed, role: str, signer: Signer, as_: str = ""
) -> tuple[str, bytes, bytes]:
    """Return a signature in a role, labelled as another."""
    covered = envelope.to_sign(role, signer.kid, made.core_bytes, made.dw, made.db)
    return as_ or role, signer.kid, signer.sign(covered)


def labelled(
    made: envelope.Sealed, *signatures: tuple[str, bytes, bytes]
) -> pb.Envelope:
    bare = pb.Envelope(
        entry=pb.Entry(core=made.core_bytes, dw=made.dw, db=made.db).SerializeToString(
            deterministic=True
        ),
        wraps=made.wraps,
        body=made.body,
    )
    return with_signatures(bare, *signatures)


def test_a_release_by_two_is_taken(enrolled: Partner) -> None:
    """Else what follows shows nothing."""
    here = enrolled.nation
    made = released(here, enrolled.victim)
    enrolled.deliver(by(made, ("author", here.author), ("releaser", chief(here))))
    assert enrolled.bench.pk.mailbox.messages.row(made.name).verdict == "ACCEPTED"


def test_p9_signatures_in_another_role(enrolled: Partner) -> None:
    here, made = enrolled.nation, released(enrolled.nation, enrolled.victim)
    author = signature(made, "author", here.author)
    releaser = signature(made, "releaser", chief(here))
    cases: list[Case] = [
        # the releaser's, relabelled, and the author's key in the role of releaser
        (labelled(made, author, signature(made, "releaser", chief(here), "author")),
         UNKNOWN),
        (labelled(made, author, signature(made, "releaser", here.author)), UNKNOWN),
        (labelled(made, author, signature(made, "author", here.author, "releaser")),
         UNKNOWN),
        # signed for the other role, and labelled with the right one
        (labelled(made, author, signature(made, "author", chief(here), "releaser")),
         SIGNATURE),
        (labelled(made, signature(made, "releaser", here.author, "author"), releaser),
         SIGNATURE),
    ]  # fmt: skip
    enrolled.assert_refused(*cases)


def not_by_two(author: Nation, reader: Nation) -> list[Case]:
    """Return what lacks its second officer, in each way."""
    two, alone = released(author, reader), released(author, reader, release=NONE)
    first = signature(two, "author", author.author)
    own = ("releaser", second(author))
    return [
        (by(two, ("author", author.author)), SIGNERS),
        (by(alone, ("author", author.author)), RELEASE),
        (by(two, ("author", author.author), own), RELEASE),
        (by(two, ("author", author.author), ("releaser", stranger(author))), RELEASE),
        (labelled(two, first, first), SIGNERS),
        (labelled(two, first, signature(two, "releaser", author.author)), UNKNOWN),
        (labelled(two, signature(two, "releaser", chief(author))), SIGNERS),
    ]


NONE = pb.RELEASE_NONE


def test_p10_no_second_officer(enrolled: Partner) -> None:
    here, there = enrolled.nation, enrolled.victim
    routine = released(
        here,
        there,
        "emergency",
        pb.RELEASE_EMERGENCY,
        precedence=pb.PRECEDENCE_ROUTINE,
    )
    enrolled.assert_refused(
        *not_by_two(here, there), (by(routine, ("author", here.author)), RELEASE)
    )


def test_p11_the_release_of_another_bulletin(enrolled: Partner) -> None:
    here = enrolled.nation
    one, two = (released(here, enrolled.victim, n) for n in ("one", "two"))
    author = signature(one, "author", here.author)
    taken = signature_of(by(two, ("releaser", chief(here))))
    sent = labelled(one, author, (taken.role, taken.kid, taken.signature))
    enrolled.assert_refused((sent, SIGNATURE))
    assert not enrolled.log(
        by(two, ("author", here.author), ("releaser", chief(here)))
    ).refusals
    enrolled.assert_refused((sent, SIGNATURE))


def refused_by_the_own_node(partner: Partner, cases: Sequence[Case]) -> None:
    """Hand these to the own node as an own desk does: nothing of them is kept."""
    for sent, reason in cases:
        before = partner.rows()
        (answer,) = partner.bench.world.pk.from_desk(sent)
        assert (answer.reason, answer.later) == (reason, False)
        assert partner.rows() == before


def test_w5_who_may_not_release(enrolled: Partner) -> None:
    """Not an officer without that role, nor the author, at his desk's own node."""
    ours, theirs = enrolled.victim, enrolled.nation
    made = released(ours, theirs)
    officer = ed("duty officer of Islamabad")
    enrol = key(f"duty-2@{ours.desk}", "author", officer)
    (answer,) = enrolled.bench.world.pk.submit(
        directory(ours, enrol, [("issuer", ours.issuer)])
    )
    assert not answer.reason
    first = signature(made, "author", ours.author)
    cases: list[Case] = [
        (labelled(made, first, signature(made, "releaser", officer)), UNKNOWN),
        (labelled(made, first, signature(made, "author", officer)), SIGNERS),
        (labelled(made, first, signature(made, "releaser", chief(theirs))), UNKNOWN),
        *not_by_two(ours, theirs)[1:],
    ]
    refused_by_the_own_node(enrolled, cases)
    good = by(made, ("author", ours.author), ("releaser", chief(ours)))
    assert not enrolled.bench.world.pk.from_desk(good)[0].reason


def revoked(nation: Nation, since: int) -> pb.Envelope:
    """Return the issuer's word that the releaser's key is in other hands."""
    said = revocation(f"chief@{nation.desk}", chief(nation).kid, since)
    return directory(nation, said, [("issuer", nation.issuer)])


def test_w1_a_releaser_whose_key_is_revoked(enrolled: Partner) -> None:
    """At the author's own node, in a partner's log and ahead of it."""
    ours, theirs = enrolled.victim, enrolled.nation
    (answer,) = enrolled.bench.world.pk.submit(revoked(ours, FILED))
    assert not answer.reason
    late = released(ours, theirs)
    sent = by(late, ("author", ours.author), ("releaser", chief(ours)))
    refused_by_the_own_node(enrolled, [(sent, Reason.SIGNER_REVOKED)])

    enrolled.deliver(revoked(theirs, FILED))
    late = released(theirs, ours)
    sent = by(late, ("author", theirs.author), ("releaser", chief(theirs)))
    enrolled.assert_refused((sent, Reason.SIGNER_REVOKED))


@pytest.mark.parametrize(("since", "word"), STANDINGS)
def test_w2_w3_a_release_stands_by_its_proven_time(
    enrolled: Partner, since: int, word: str
) -> None:
    """Proven before the theft it stands; else its releaser is disowned."""
    theirs = enrolled.nation
    made = released(theirs, enrolled.victim)
    sent = by(made, ("author", theirs.author), ("releaser", chief(theirs)))
    enrolled.deliver(sent)

    enrolled.deliver(revoked(theirs, since))

    author, releaser = of_message(enrolled.bench.pk, made.name)
    assert (author.officer, author.word) == (theirs.officer, "GOOD")
    assert (releaser.officer, releaser.word) == (f"chief@{theirs.desk}", word)
