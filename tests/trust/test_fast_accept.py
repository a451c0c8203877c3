"""What is accepted quickly is what the rules accept: no more, and no less.

Entries are signed as they should be, unless they are not; whatever differs in header,
signers, digests or bytes, both are asked.
"""

import hashlib
from collections.abc import Sequence
from itertools import product
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from exchange import envelope, limits
from exchange.core import TIME_MAX
from exchange.errors import Reason
from exchange.trust import fast_accept, rules, statements
from exchange.trust.directory import Directory
from exchange.trust.entry_facts import EntryFacts, EntryForm, facts_of
from exchange.trust.fast_accept import Accepted, AcceptedForms
from exchange.v1 import envelope_pb2 as pb
from keys.signing import Signer
from tests.expecting import refusing
from tests.node.world import FILED, core, directory, receipt
from tests.trust.nation import DAY, NOW, YEAR, Nation, ed, key, revocation

PK = Nation().enrol()
CN = Nation("cn", "beijing").enrol()
CHIEF = ed("pk chief")
GONE = ed("pk gone")
STRANGER = ed("nobody")
PK.say(key("chief@ops.islamabad.pk", "releaser", CHIEF), PK.by_issuer())
PK.say(key("gone@ops.islamabad.pk", "author", GONE), PK.by_issuer())
PK.say(revocation("gone@ops.islamabad.pk", GONE.kid, NOW), PK.by_issuer())
BRIEF = ed("pk brief")
LIFE = NOW + DAY, NOW + 10 * DAY
PK.say(
    statements.key_statement("brief@ops.islamabad.pk", "releaser", BRIEF, LIFE),
    PK.by_issuer(),
)
SIGNERS: dict[str, list[tuple[str, Signer]]] = {
    "author": [("author", PK.author)],
    "released": [("author", PK.author), ("releaser", CHIEF)],
    "releaser": [("releaser", CHIEF)],
    "wrong role": [("releaser", PK.author)],
    "revoked": [("author", GONE)],
    "stranger": [("author", STRANGER)],
    "issuer": [("issuer", PK.issuer)],
    "roots": [("root", root) for root in PK.roots],
    "nobody": [],
}


class Nothing:
    def knows_id(self, _: bytes) -> bool:
        return False

    def knows_name(self, _: bytes) -> bool:
        return False


LOG = rules.Log(PK.node, PK.directory, Nothing())


def made(
    changes: dict[str, object], signers: Sequence[tuple[str, Signer]], **outer: bytes
) -> bytes:
    """Sign a header whatever it says, with digests of nothing in particular."""
    header = core(PK, **changes)
    data = header.SerializeToString(deterministic=True) + outer.get("tail", b"")
    return signed(data, signers, **outer)


def signed(data: bytes, signers: Sequence[tuple[str, Signer]], **outer: bytes) -> bytes:
    """Sign a header's bytes."""
    dw = outer.get("dw", hashlib.sha256(b"w").digest())
    db = outer.get("db", hashlib.sha256(b"b").digest())
    entry = pb.Entry(core=data, dw=dw, db=db)
    for role, signer in sorted(signers, key=lambda pair: (pair[0], pair[1].kid)):
        signature = signer.sign(envelope.to_sign(role, signer.kid, data, dw, db))
        entry.signatures.add(role=role, kid=signer.kid, signature=signature)
    return entry.SerializeToString(deterministic=True)


def recipients(*classes: int) -> list[pb.Recipient]:
    found = [
        pb.Recipient(desk=n.desk, recipient_class=c, kid=n.sealing.kid)  # type: ignore[arg-type]
        for n, c in zip((PK, CN), classes, strict=False)
    ]
    return sorted(found, key=lambda one: one.kid)


def few(
    values: dict[str, st.SearchStrategy[object]],
) -> st.SearchStrategy[dict[str, object]]:
    """Change at most three fields: more would hide each other."""
    names = st.sets(st.sampled_from(sorted(values)), max_size=3)
    return names.flatmap(
        lambda chosen: st.fixed_dictionaries({name: values[name] for name in chosen})
    )


COPY, ACTION, INFO = (
    pb.RECIPIENT_CLASS_COPY,
    pb.RECIPIENT_CLASS_ACTION,
    pb.RECIPIENT_CLASS_INFO,
)
TIMES = st.sampled_from(
    [
        *(0, -1, 1, TIME_MAX, TIME_MAX + 1, 2**63 - 1),
        *(NOW - 1, NOW, FILED, FILED + 1, NOW + YEAR, NOW + YEAR + 1),
        *(FILED + 30 * DAY - 1, FILED + 30 * DAY, FILED + 2 * YEAR),
    ]
)
REFERENCES = st.lists(
    st.builds(
        pb.Reference,
        relation=st.integers(0, 20),
        name=st.sampled_from([b"n" * 32, b"m" * 32, b"n" * 31, b"", b"n" * 33]),
    ),
    max_size=2,
)
CHANGES = few(
    {
        "version": st.integers(0, 2),
        "suite": st.integers(0, 2),
        "kind": st.integers(0, 8),
        "id": st.binary(min_size=15, max_size=17),
        "origin": st.sampled_from(["", CN.node, PK.node, "Islamabad.pk"]),
        "author": st.sampled_from([CHIEF.kid, GONE.kid, PK.issuer.kid, b"", b"k"]),
        "filed": TIMES,
        "valid_from": TIMES,
        "expires": TIMES,
        "precedence": st.integers(0, 5),
        "tlp": st.integers(0, 6),
        "releasable_to": st.sampled_from([[], ["pk"], ["cn"], ["pk", "cn"], ["PK"]]),
        "caveats": st.sampled_from([["A"], ["B", "A"], ["a"]]),
        "mode": st.integers(0, 4),
        "release": st.integers(0, 4),
        "recipients": st.sampled_from(
            [
                recipients(COPY, ACTION),
                recipients(COPY, INFO),
                recipients(ACTION, COPY),
                recipients(COPY),
                recipients(COPY, ACTION)[::-1],
            ]
        ),
        "references": REFERENCES,
        "attachments": st.sampled_from(
            [
                [pb.Attachment(index=0, padded=512, digest=b"d" * 32)],
                [pb.Attachment(index=1, padded=512, digest=b"d" * 32)],
                [pb.Attachment(index=0, padded=0, digest=b"d" * 32)],
            ]
        ),
        "clear": st.sampled_from([b"KEY_GONE", b"x"]),
    },
)
OUTER = few(
    {
        "dw": st.sampled_from([b"", b"d" * 31, b"d" * 32, b"d" * 33]),
        "db": st.sampled_from([b"", b"d" * 31, b"d" * 32, b"d" * 33]),
        "tail": st.sampled_from([b"\xf8\x01\x01", b"\x08\x01", b"\x52\x00", b"\xff"]),
    },
)
BULLETIN: dict[str, object] = {"recipients": recipients(COPY, ACTION)}
RECEIPT: dict[str, object] = {
    "kind": pb.KIND_RECEIPT,
    "references": [pb.Reference(relation=pb.RELATION_OPENED, name=b"r" * 32)],
}
COUNTERSIGNED: dict[str, object] = {
    "kind": pb.KIND_RECEIPT,
    "author": CHIEF.kid,
    "references": [pb.Reference(relation=pb.RELATION_COUNTERSIGNED, name=b"r" * 32)],
}
OTHER = pb.Reference(relation=pb.RELATION_OPENED, name=b"short")
RELEASED = BULLETIN | {"release": pb.RELEASE_RELEASED}
GOOD = [
    (BULLETIN, "author"),
    (RELEASED, "released"),
    (RECEIPT, "author"),
    (COUNTERSIGNED, "releaser"),
]


@pytest.fixture(scope="module", params=[1, limits.FORMS_MAX], ids=["one", "many"])
def warm(request: pytest.FixtureRequest) -> AcceptedForms:
    """One that has learned each good shape, or that forgets all but one."""
    found = AcceptedForms(PK.node, PK.directory)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fast_accept, "FORMS_MAX", request.param)
        for changes, signers in GOOD:
            assert found.accept(made(changes, SIGNERS[signers]))
    return found


def agree(warm: AcceptedForms, entry: bytes) -> Accepted | None:
    before, found, after = warm.judge(entry), warm.accept(entry), warm.judge(entry)
    verdict = rules.judge(entry, LOG)
    if isinstance(verdict, rules.Refused):
        assert (before, found, after) == (None, None, None), verdict
    else:
        assert found == (verdict.core.id, len(verdict.signers))
        for facts in (before, after):
            assert facts is None or parts(facts) == parts(facts_of(verdict))
    return found


def parts(facts: EntryFacts) -> tuple[object, ...]:
    """Return all that facts say, of whatever the rules were asked."""
    form = {name: getattr(facts.form, name) for name in EntryForm.__struct_fields__}
    return (form, *facts[1:-1])


@settings(max_examples=800)
@given(
    st.sampled_from(GOOD), CHANGES, st.sampled_from(list(SIGNERS)) | st.none(), OUTER
)
@example(GOOD[0], {"id": b"another id, 16 b"}, None, {})
@example(GOOD[2], {"filed": NOW + YEAR + 1, "expires": NOW + 2 * YEAR}, None, {})
@example(GOOD[0], {"filed": NOW - 1}, None, {})
@example(GOOD[0], {"expires": TIME_MAX + 1}, None, {})
@example(GOOD[0], {"filed": FILED + 1, "expires": FILED + 1}, None, {})
@example(GOOD[2], {"references": [OTHER]}, None, {})
def test_both_agree_on_whatever_is_signed(
    warm: AcceptedForms,
    good: tuple[dict[str, object], str],
    changes: dict[str, object],
    signers: str | None,
    outer: dict[str, Any],
) -> None:
    entry = made(good[0] | changes, SIGNERS[signers or good[1]], **outer)

    agree(warm, entry)


def test_what_was_good_is_still_accepted(warm: AcceptedForms) -> None:
    """So that the agreement above is not on refusals alone."""
    for number, (changes, signers) in enumerate(GOOD):
        more: dict[str, object] = {"id": b"%16d" % number, "filed": FILED - number}
        entry = made(changes | more, SIGNERS[signers])
        assert agree(warm, entry)
        assert warm.judge(entry) is not None, "not learned"


def test_a_statement_makes_all_forms_be_forgotten() -> None:
    nation = Nation().enrol()
    found = AcceptedForms(nation.node, nation.directory)
    entry = made(BULLETIN, [("author", nation.author)])
    assert found.accept(entry)
    assert found.judge(entry)
    gone = revocation(f"duty-1@{nation.desk}", nation.author.kid, NOW)
    nation.say(gone, nation.by_issuer())

    assert found.judge(entry) is None
    assert found.accept(entry) is None


def test_statements_and_what_opens_a_log_are_not_learned() -> None:
    nation = Nation()
    found = AcceptedForms(nation.node, nation.directory)
    log = rules.Log(nation.node, nation.directory, Nothing())
    roots = [("root", root) for root in nation.roots]
    entry = directory(nation, nation.state_issuer(), roots).entry

    facts = fast_accept.check(entry, log, found)
    assert facts.statement is not None
    assert found.judge(entry) is None


def test_what_stands_below_is_refused_as_by_the_rules(warm: AcceptedForms) -> None:
    entry = made(BULLETIN, SIGNERS["author"])
    parsed = envelope.split(entry)

    class Below(Nothing):
        def __init__(self, known: bytes) -> None:
            self.known = known

        def knows_id(self, id_: bytes) -> bool:
            return id_ == self.known

        def knows_name(self, name: bytes) -> bool:
            return name == self.known

    assert warm.accept(entry)
    for known, reason in (
        (parsed.name, Reason.DUPLICATE_NAME),
        (parsed.core.id, Reason.DUPLICATE_ID),
    ):
        log = rules.Log(PK.node, PK.directory, Below(known))
        assert rules.judge(entry, log) == rules.Refused(reason)
        for forms in (warm, AcceptedForms(PK.node, PK.directory)):
            with refusing(reason):
                fast_accept.check(entry, log, forms)


@settings(max_examples=300)
@given(st.sampled_from(GOOD), st.data())
def test_both_agree_on_bytes_that_were_changed(
    warm: AcceptedForms, good: tuple[dict[str, object], str], data: st.DataObject
) -> None:
    entry = made(good[0], SIGNERS[good[1]])
    start = data.draw(st.integers(0, len(entry)))
    end = data.draw(st.integers(start, min(start + 3, len(entry))))

    agree(warm, entry[:start] + data.draw(st.binary(max_size=3)) + entry[end:])


@given(st.binary(max_size=80))
def test_both_agree_on_anything(warm: AcceptedForms, entry: bytes) -> None:
    agree(warm, entry)


@given(st.sampled_from([0, 1, 2]), st.binary(min_size=6, max_size=6), st.data())
@example(0, b"\x80\x80\x80\x80\x80\x00", None)
@example(0, b"\xff\xff\xff\xff\x7f\x00", None)
@example(0, b"\xff\xff\xff\xff\x0f\x0f", None)
@example(1, b"\x80\x80\x80\x80\x80\x00", None)
@example(2, b"\xff\xff\xff\xff\xff\xff", None)
def test_both_agree_on_times_that_are_encoded_otherwise(
    warm: AcceptedForms, which: int, time: bytes, data: st.DataObject | None
) -> None:
    """Signed as they stand, whatever six bytes stand there."""
    if data is not None and data.draw(st.booleans()):
        time = bytes(byte | 0x80 for byte in time[:5]) + time[5:]
    header = core(PK, **BULLETIN).SerializeToString(deterministic=True)
    tag = (b"\x38", b"\x40", b"\x48")[which]
    before = pb.Core.FromString(header)
    value = (before.filed, before.valid_from, before.expires)[which]
    now = pb.Core(filed=value).SerializeToString()[1:]
    spoilt = header.replace(tag + now, tag + time, 1)
    assert len(spoilt) == len(header)

    agree(warm, signed(spoilt, SIGNERS["author"]))


def test_unknown_fields_are_not_passed_over(warm: AcceptedForms) -> None:
    good = made(BULLETIN, SIGNERS["author"])

    assert agree(warm, good + b"\x7a\x01x") is None
    assert agree(warm, b"\x7a\x01x" + good) is None


def test_the_signature_of_another_is_refused(warm: AcceptedForms) -> None:
    good, other = (
        pb.Entry.FromString(made(BULLETIN | {"id": b"%16d" % n}, SIGNERS["author"]))
        for n in range(2)
    )
    good.signatures[0].signature = other.signatures[0].signature

    assert agree(warm, good.SerializeToString(deterministic=True)) is None


def test_verified_before_is_all_that_is_taken_on_trust(warm: AcceptedForms) -> None:
    entry = pb.Entry.FromString(made(BULLETIN, SIGNERS["author"]))
    entry.signatures[0].signature = bytes(64)
    late = made(BULLETIN | {"filed": NOW + YEAR + 1}, SIGNERS["author"])

    assert warm.accept(entry.SerializeToString(deterministic=True), verified=True)
    assert warm.accept(late, verified=True) is None
    for short in ("dw", "db"):
        spoilt = made(BULLETIN, SIGNERS["author"], **{short: b"d" * 31})
        assert warm.accept(spoilt, verified=True) is None


def test_what_a_shape_was_learned_from_does_not_matter() -> None:
    """The first of a shape is refused for its id: nothing is learned."""
    found = AcceptedForms(PK.node, PK.directory)

    assert agree(found, made(BULLETIN | {"id": b"x"}, SIGNERS["author"])) is None
    assert agree(found, receipt(PK, b"n" * 32, pb.RELATION_OPENED).entry)
    assert agree(found, made(BULLETIN, SIGNERS["author"]))


def test_little_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast_accept, "FORMS_MAX", 3)
    found = AcceptedForms(PK.node, PK.directory)
    for number in range(9):
        caveats = {"caveats": [f"C{number}"]}
        assert agree(found, made(BULLETIN | caveats, SIGNERS["author"]))
        assert sum(len(one.known) for one in _layouts(found)) <= 3


def test_the_forms_of_large_entries_are_fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = [
        made(BULLETIN | {"caveats": [f"C{number}"]}, SIGNERS["author"])
        for number in range(9)
    ]
    monkeypatch.setattr(fast_accept, "FORMS_BYTES_MAX", 2 * len(entries[0]))
    found = AcceptedForms(PK.node, PK.directory)
    for entry in entries:
        assert agree(found, entry)
        assert sum(len(one.known) for one in _layouts(found)) <= 2
    assert found.judge(entries[-1])


def _layouts(found: AcceptedForms) -> list[fast_accept._Layout]:
    return [layout for some in found._layouts.values() for layout in some]


def test_of_one_length_few_layouts_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two references and a caveat, or one and a caveat that is as much longer."""
    monkeypatch.setattr(fast_accept, "LAYOUTS_MAX", 1)
    found = AcceptedForms(PK.node, PK.directory)
    one, two = (
        [pb.Reference(relation=pb.RELATION_ANSWERS, name=b"r" * 32)] * n for n in (1, 2)
    )
    entries = [
        made(BULLETIN | {"references": two, "caveats": ["A"]}, SIGNERS["author"]),
        made(BULLETIN | {"references": one, "caveats": ["A" * 40]}, SIGNERS["author"]),
    ]
    assert len(set(map(len, entries))) == 1

    assert all(agree(found, entry) for entry in entries)
    assert len(_layouts(found)) == 1


def test_what_was_learned_needs_no_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each by itself, and two layouts of one length beside each other."""
    found = AcceptedForms(PK.node, PK.directory)
    answers = [pb.Reference(relation=pb.RELATION_ANSWERS, name=b"r" * 32)]
    more: list[tuple[dict[str, object], str]] = [
        (BULLETIN | {"references": answers * 2, "caveats": ["A"]}, "author"),
        (BULLETIN | {"references": answers, "caveats": ["A" * 40]}, "author"),
    ]
    good = [(changes, signers) for changes, signers in (*GOOD, *more)]
    assert all(found.accept(made(changes, SIGNERS[by])) for changes, by in good)
    again = [
        made(c | {"id": b"%16d" % n}, SIGNERS[by]) for n, (c, by) in enumerate(good)
    ]
    for which, byte in product((0, 1), (b"\x00", b"\xff")):
        unordered = recipients(COPY, ACTION)  # what is a name in another layout
        unordered[which].kid = byte * 32
        spoilt = made(more[1][0] | {"recipients": unordered}, SIGNERS["author"])
        agree(found, spoilt)
    monkeypatch.setattr(rules, "check", None)

    assert all(found.accept(entry) for entry in again)


def test_no_statement_is_kept() -> None:
    found = AcceptedForms(PK.node, PK.directory)
    new = key("duty-9@ops.islamabad.pk", "author", STRANGER)
    stated = directory(PK, new, [("issuer", PK.issuer)])

    assert agree(found, stated.entry)
    assert not _layouts(found)


def test_what_has_attachments_is_not_kept() -> None:
    """No other has the same digests: it would take the place of what recurs."""
    found = AcceptedForms(PK.node, PK.directory)
    one = pb.Attachment(index=0, padded=512, digest=b"d" * 32)

    assert agree(found, made(BULLETIN | {"attachments": [one]}, SIGNERS["author"]))
    assert not _layouts(found)


@pytest.mark.parametrize("filed", [LIFE[0] - 1, *LIFE, LIFE[1] + 1])
def test_every_signer_s_key_must_be_valid(filed: int) -> None:
    found = AcceptedForms(PK.node, PK.directory)
    by = [("author", PK.author), ("releaser", BRIEF)]
    assert agree(found, made(RELEASED | {"filed": LIFE[0] + 1}, by))
    expires = {"filed": filed, "expires": NOW + YEAR}

    accepted = agree(found, made(RELEASED | expires, by))

    assert bool(accepted) == (LIFE[0] <= filed <= LIFE[1])


def test_a_large_entry_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast_accept, "FORM_BYTES_MAX", 10)
    found = AcceptedForms(PK.node, PK.directory)

    assert agree(found, made(BULLETIN, SIGNERS["author"]))
    assert not _layouts(found)


LOW, HIGH = 1 << 35, 1 << 42  # ms; between them a time takes six bytes
EDGES = [LOW - 1, LOW, LOW + 1, HIGH - 2, HIGH - 1, HIGH, HIGH + 1]


@pytest.fixture(scope="module")
def early_and_late() -> rules.Log:
    """A log whose author may sign at either edge."""
    speakers = Directory(PK.node, PK.bundle)
    for text, life in ("early", (1, 2 * LOW)), ("late", (HIGH - YEAR, HIGH + YEAR)):
        stated = statements.key_statement(PK.officer, "author", ed(text), life)
        speakers.apply(0, pb.Core(), stated)
    return rules.Log(PK.node, speakers, Nothing())


@pytest.mark.parametrize("filed", EDGES)
@pytest.mark.parametrize("begin", EDGES)
def test_times_of_another_width_are_left_to_the_rules(
    early_and_late: rules.Log, filed: int, begin: int
) -> None:
    """Learned or not, none is taken for another, nor two for two of other widths."""
    text = "early" if filed < HIGH - YEAR else "late"
    found = AcceptedForms(PK.node, early_and_late.directory)
    for other in (begin, LOW, HIGH - 1, filed):
        for expires in (max(filed, other) + 1, max(filed, other), HIGH, TIME_MAX):
            changes: dict[str, object] = {
                "author": ed(text).kid,
                "filed": filed,
                "valid_from": other,
                "expires": expires,
            }
            entry = made(BULLETIN | changes, [("author", ed(text))])
            accepted = isinstance(rules.judge(entry, early_and_late), rules.Accepted)
            assert bool(found.accept(entry)) == accepted
            assert bool(found.accept(entry)) == accepted  # learned or not
            assert accepted == (expires > max(filed, other))


@given(st.integers(0, TIME_MAX) | st.sampled_from(EDGES), st.integers(LOW, HIGH - 1))
def test_an_encoded_time_has_the_order_of_the_times(bound: int, time: int) -> None:
    low, high = fast_accept.encoded_time(bound), fast_accept.encoded_time(time)

    assert (low < high, low > high) == (bound < time, bound > time)
    data = pb.Core(filed=time).SerializeToString()
    assert high == int.from_bytes(data[1:], "little")
    assert fast_accept.decode_time(data[1:]) == time
