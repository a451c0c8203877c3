"""A node that knows the forms of what it accepted answers and stores as by the rules.

Two pairs of nodes are handed the same envelopes in the same order: one judges most of
them by their form, the other asks the rules each time.
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchange.envelope import seal, sign, split
from exchange.envelope_parser import ReceivedBatch
from exchange.errors import Refusal
from exchange.limits import FILED_AHEAD_MAX
from exchange.node import batch_chain
from exchange.node.batch_verdict import check_head, check_root
from exchange.node.members import Members
from exchange.trust.entry_facts import EntryFacts
from exchange.trust.fast_accept import AcceptedForms
from exchange.v1 import desk_service_pb2 as desk_pb
from exchange.v1 import envelope_pb2 as pb
from keys.signing import Signer
from tests.node.world import (
    CN,
    FILED,
    PK,
    Site,
    World,
    bulletin,
    core,
    directory,
    forged,
    name_of,
    recipients,
    world,
)
from tests.trust.nation import DAY, Nation, ed, key, revocation

CHIEF, GONE, NEXT = ed("pk chief"), ed("pk gone"), ed("pk next")


class RulesOnly(AcceptedForms):
    """Knows no form, whatever it is told."""

    def judge(self, entry: bytes) -> EntryFacts | None:  # noqa: ARG002
        return None


@dataclass
class Pair:
    """A world that knows forms and one that does not; what they were handed."""

    fast: World
    slow: World
    number: int = 0
    hits: int = 0

    @property
    def worlds(self) -> tuple[World, World]:
        return self.fast, self.slow


@contextmanager
def pair_of_worlds(folder: Path) -> Iterator[Pair]:
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        made: list[World] = []
        for name in ("fast", "slow"):
            (folder / name).mkdir()
            made.append(stack.enter_context(world(folder / name)))
        pair = Pair(made[0], made[1])
        for site in (pair.slow.pk, pair.slow.cn):
            members = site.node.members

            def forms(origin: str, members: Members = members) -> AcceptedForms:
                owner = members.node_of(origin)
                return RulesOnly(owner, members._directory(origin))

            patch.setattr(members, "forms", forms)
        judge = AcceptedForms.judge

        def counting(forms: AcceptedForms, entry: bytes) -> EntryFacts | None:
            found = judge(forms, entry)
            pair.hits += found is not None
            return found

        patch.setattr(AcceptedForms, "judge", counting)
        for one in pair.worlds:
            pk = one.nations[PK]
            for officer, role, signer in (
                ("chief", "releaser", CHIEF),
                ("gone", "author", GONE),
            ):
                new = key(f"{officer}@{pk.desk}", role, signer)
                one.pk.submit(directory(pk, new, [("issuer", pk.issuer)]))
            said = revocation(f"gone@{pk.desk}", GONE.kid, FILED)
            one.pk.submit(directory(pk, said, [("issuer", pk.issuer)]))
            one.meet()
        yield pair


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with pair_of_worlds(tmp_path_factory.mktemp("forms")) as made:
        yield made


def nation(pair: Pair, node: str) -> Nation:
    return pair.fast.nations[node]


FIRST = b"what all the others may speak of"
CHANGES: dict[str, dict[str, object]] = {
    "nothing": {},
    "exercise": {"mode": pb.MODE_EXERCISE},
    "flash": {"precedence": pb.PRECEDENCE_FLASH},
    "caveat": {"caveats": ["EYES"]},
    "released": {"release": pb.RELEASE_RELEASED},
    "emergency at no urgency": {"release": pb.RELEASE_EMERGENCY},
    "ahead": {"filed": FILED + FILED_AHEAD_MAX + 1, "expires": FILED + 90 * DAY},
    "as far ahead as may be": {"filed": FILED + FILED_AHEAD_MAX},
    "before the key": {"filed": FILED - 400 * DAY, "valid_from": FILED - 400 * DAY},
    "after the key": {"filed": FILED + 800 * DAY, "expires": FILED + 900 * DAY},
    "expired before": {"filed": FILED - 3, "expires": FILED - 1, "valid_from": 1},
    "over before it was filed": {"expires": FILED - 1},
    "another's log": {"origin": CN},
    "another version": {"version": 2},
    "another suite": {"suite": 2},
    "no kind": {"kind": 9},
    "for too few": {"releasable_to": ["pk"]},
    "for nobody": {"releasable_to": []},
    "short id": {"id": b"short"},
    "in clear": {"clear": b"WORDS"},
    "attached": {"attachments": [pb.Attachment(index=0, padded=512, digest=b"d" * 32)]},
    "author unknown": {"author": NEXT.kid},
    "head": {"kind": pb.KIND_HEAD},
    "translation": {"kind": pb.KIND_TRANSLATION},
}
RELATIONS = [pb.RELATION_ANSWERS, pb.RELATION_CORRECTS, pb.RELATION_OPENED, 77]
SIGNED_BY = {
    "author": [("author", "author")],
    "author and releaser": [("author", "author"), ("releaser", "chief")],
    "releaser": [("releaser", "chief")],
    "in a wrong role": [("releaser", "author")],
    "by a stranger": [("author", "next")],
    "by a revoked key": [("author", "gone")],
}
DAMAGE = [
    "signature",
    "wrap",
    "no wraps",
    "swapped wraps",
    "body",
    "long body",
    "entry",
]


@dataclass(frozen=True)
class Variant:
    """How an envelope differs from the plainest one."""

    change: str
    by: str = "author"
    about: tuple[int, int] | None = None
    damage: str | None = None
    again: str = ""
    place: int = 0


VARIANTS = st.builds(
    Variant,
    change=st.sampled_from(sorted(CHANGES)),
    by=st.sampled_from(["author", "author", *SIGNED_BY]),
    about=st.none() | st.tuples(st.sampled_from(RELATIONS), st.integers(0, 2)),
    damage=st.none() | st.none() | st.sampled_from(DAMAGE),
    again=st.sampled_from(["", "", "", "name", "id"]),
    place=st.integers(0, 2**16),
)


def make(pair: Pair, sender: str, differs: Variant) -> pb.Envelope:
    """Return an envelope of the author of `sender`, made without asking any check."""
    mine, theirs = nation(pair, sender), nation(pair, CN if sender == PK else PK)
    if differs.again != "name":
        pair.number += 1
    id_ = hashlib.sha256(b"%d" % pair.number).digest()[:16]
    fields: dict[str, object] = {"id": id_, "recipients": recipients(mine, theirs)}
    fields |= CHANGES[differs.change]
    if differs.again == "id" and "id" not in CHANGES[differs.change]:
        fields["id"] = hashlib.sha256(FIRST).digest()[:16]
    if (about := differs.about) is not None:
        relation, which = about
        named = [name_of(first(pair, PK)), name_of(first(pair, CN)), b"n" * 32][which]
        one = pb.Reference(relation=relation, name=named)  # type: ignore[arg-type]  # any
        fields["references"] = [one]
        if relation == pb.RELATION_OPENED:
            fields |= {"kind": pb.KIND_RECEIPT, "recipients": []}
    header = core(mine, **fields)
    signers = {"author": mine.author, "chief": CHIEF, "gone": GONE, "next": NEXT}
    publics = {n.sealing.kid: n.sealing.public for n in (mine, theirs)}
    by = [(role, signers[who]) for role, who in SIGNED_BY[differs.by]]
    return spoil(forge(header, by, publics), differs.damage, differs.place)


def forge(
    header: pb.Core, by: Sequence[tuple[str, Signer]], publics: dict[bytes, bytes]
) -> pb.Envelope:
    """Seal and sign a header as it is; where it takes no seal, under a good one's."""
    sound = core(Nation(), recipients=header.recipients, id=b"%16d" % 1)
    try:
        sealed = seal(header, b"text" if header.recipients else b"", publics)
    except Refusal:
        made = seal(sound, b"text" if header.recipients else b"", publics)
        data = header.SerializeToString(deterministic=True)
        sealed = type(made)(
            data, made.wraps, made.body, made.dw, made.db, b"", made.cek
        )
    return sign(sealed, by)


def spoil(sent: pb.Envelope, how: str | None, place: int) -> pb.Envelope:
    if how == "signature":
        entry = pb.Entry.FromString(sent.entry)
        entry.signatures[0].signature = flip(entry.signatures[0].signature, place)
        sent.entry = entry.SerializeToString(deterministic=True)
    elif how == "entry":
        sent.entry = flip(sent.entry, place)
    elif how == "wrap" and sent.wraps:
        sent.wraps[-1] = flip(sent.wraps[-1], place)
    elif how == "no wraps":
        del sent.wraps[:]
    elif how == "swapped wraps":
        sent.wraps.reverse()
    elif how == "body":
        sent.body = flip(sent.body, place) if sent.body else b"x"
    elif how == "long body":
        sent.body += bytes(300_000)
    return sent


def flip(data: bytes, place: int) -> bytes:
    changed = bytearray(data)
    changed[place % len(data)] ^= 1 << place % 8
    return bytes(changed)


ENVELOPES: dict[str, pb.Envelope] = {}


def first(pair: Pair, sender: str) -> pb.Envelope:
    """Return an envelope that stands in each log, made once: sealing draws lots."""
    if sender not in ENVELOPES:
        other = CN if sender == PK else PK
        ENVELOPES[sender] = bulletin(
            nation(pair, sender), nation(pair, other), FIRST, tlp=pb.TLP_GREEN
        )
    return ENVELOPES[sender]


@pytest.fixture(scope="module")
def begun(pair: Pair) -> Pair:
    for one in pair.worlds:
        for node, site in ((PK, one.pk), (CN, one.cn)):
            (answer,) = site.from_desk(first(pair, node))
            assert not answer.reason
        one.meet()
    return pair


def rows(site: Site, origin: str, start: int = 0) -> list[object]:
    return list(site.store.entries.page(origin, start, 10_000))


def told(answers: list[desk_pb.Submitted]) -> list[bytes]:
    return [answer.SerializeToString(deterministic=True) for answer in answers]


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(VARIANTS, min_size=1, max_size=4),
    st.sampled_from([None, "own", "other"]),
)
def test_desks_are_answered_alike_and_the_same_is_stored(
    begun: Pair, drawn: list[Variant], desk: str | None
) -> None:
    sent = [make(begun, PK, differs) for differs in drawn]
    answers, stored = [], []
    for one in begun.worlds:
        site = one.pk
        start = site.store.logs.size(site.node.origin)
        if desk == "own":
            answers.append(told(site.from_desk(*sent)))
        elif desk is None:
            answers.append(told(site.submit(*sent)))
        else:
            site.nation.desk, own = "port.islamabad.pk", site.nation.desk
            answers.append(told(site.from_desk(*sent)))
            site.nation.desk = own
        stored.append(rows(site, site.node.origin, start))

    assert answers[0] == answers[1]
    assert stored[0] == stored[1]


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(VARIANTS, min_size=1, max_size=4))
def test_a_partner_s_batch_is_judged_alike_and_the_same_is_stored(
    begun: Pair, drawn: list[Variant]
) -> None:
    sent = [make(begun, PK, differs) for differs in drawn]
    outcomes: list[object] = []
    for one in begun.worlds:
        origin = one.pk.node.origin
        start = one.cn.store.logs.size(origin)
        one.carry(one.pk, one.cn)
        outcomes.append(receive(one, origin, sent))
        outcomes.append(rows(one.cn, origin, start))

    assert outcomes[:2] == outcomes[2:]


def receive(one: World, origin: str, sent: list[pb.Envelope]) -> object:
    """Let Beijing judge a batch that a hostile Islamabad could log; drop it then."""
    node = one.cn.node
    edge = node.store.logs.edge(origin)
    under = forged(one.nations[PK], edge, [each.entry for each in sent])
    batch = ReceivedBatch(origin, edge.size, tuple(sent), under.head)
    head = check_head(batch, node.members.log_keys(origin), node.members.ends)
    try:
        rooted = check_root(batch, edge, head)
        judged = batch_chain.judge_under(node, batch, rooted, node.name)
    except Refusal as refusal:
        return refusal.reason, refusal.where
    return judged.entries, judged.refusals


def test_most_were_known_by_their_form(begun: Pair) -> None:
    """So that the agreement above is not of the rules with themselves."""
    before = begun.hits
    sent = [make(begun, PK, Variant("nothing")) for _ in range(20)]
    for one in begun.worlds:
        assert not any(answer.reason for answer in one.pk.from_desk(*sent))
        one.carry(one.pk, one.cn)

    # Once at submit and once at receive, but for the first of its form.
    assert begun.hits - before >= 2 * 19


def test_a_revoked_author_is_refused_though_the_form_was_known(tmp_path: Path) -> None:
    with world(tmp_path) as one:
        one.meet()
        pk, cn = one.nations[PK], one.nations[CN]
        new = directory(
            pk, key(f"next@{pk.desk}", "author", NEXT), [("issuer", pk.issuer)]
        )
        assert not one.pk.submit(new)[0].reason

        def by_next(text: bytes) -> pb.Envelope:
            id_ = hashlib.sha256(text).digest()[:16]
            fields = {"id": id_, "recipients": recipients(pk, cn), "author": NEXT.kid}
            publics = {n.sealing.kid: n.sealing.public for n in (pk, cn)}
            return sign(seal(core(pk, **fields), text, publics), [("author", NEXT)])

        for text in (b"1", b"2", b"3"):
            assert not one.pk.from_desk(by_next(text))[0].reason
        said = revocation(f"next@{pk.desk}", NEXT.kid, FILED)
        gone = directory(pk, said, [("issuer", pk.issuer)])
        answers = one.pk.submit(by_next(b"4"), gone, by_next(b"5"))

        assert [each.reason for each in answers] == ["", "", "SIGNER_REVOKED"]
        assert split(by_next(b"5").entry).core.author == NEXT.kid
