"""Release by two: the text of its policy, and the verdict by it."""

from itertools import product

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from exchange import envelope
from exchange.errors import Reason, Refusal
from exchange.trust import fast_accept, rules, statements
from exchange.trust.fast_accept import AcceptedForms
from exchange.trust.release_policy import (
    KINDS,
    OFFICERS,
    PRECEDENCES,
    TLPS,
    read_release,
)
from exchange.trust.return_call import check_return, sign_return
from exchange.v1 import envelope_pb2 as pb
from exchange.v1.desk_service_pb2 import RETURN_CODE_OTHER
from keys.signing import Signer
from tests import third_judge, third_reader
from tests.expecting import refusing
from tests.node.world import core
from tests.trust.nation import Nation, ed, key
from tests.trust.test_fast_accept import Nothing, signed

PATTERNS = st.tuples(
    *(st.sampled_from(["*", *known]) for known in (PRECEDENCES, TLPS, KINDS))
)
LINES = st.lists(
    st.tuples(PATTERNS, st.sampled_from(list(OFFICERS))),
    max_size=8,
    unique_by=lambda line: line[0],
)
Lines = list[tuple[tuple[str, ...], str]]

# A policy that asks for two with RED or at ROUTINE.
PK, CN = Nation().enrol(), Nation("cn", "beijing").enrol()
CHIEF, REVIEWER, TWICE = ed("pk chief"), ed("pk reviewer"), ed("pk twice")
REVIEWING = "duty.islamabad.pk"
POLICY = b"release\n* RED * two\nFLASH * * one\nROUTINE * * two\n"
PK.say(statements.policy_statement("pk", POLICY, 1), PK.by_roots())
for officer, releaser in (
    (f"chief@{PK.desk}", CHIEF),
    (f"chief@{REVIEWING}", REVIEWER),
    (PK.officer, TWICE),
):
    PK.say(key(officer, "releaser", releaser), PK.by_issuer())
LOG = rules.Log(PK.node, PK.directory, Nothing())
WITH: dict[str, tuple[Signer, ...]] = {
    "nobody": (),
    "chief": (CHIEF,),
    "reviewer": (REVIEWER,),
    "own second key": (TWICE,),
    "two": (CHIEF, REVIEWER),
}


def text_of(lines: Lines) -> bytes:
    told = "".join(f"{' '.join(pattern)} {two}\n" for pattern, two in lines)
    return b"release\n" + told.encode()


@given(LINES)
def test_the_first_line_that_fits_counts(lines: Lines) -> None:
    policy = read_release(text_of(lines))

    for precedence, tlp, kind in product(PRECEDENCES, TLPS, KINDS):
        header = pb.Core(
            precedence=PRECEDENCES[precedence],
            tlp=TLPS[tlp],
            kind=KINDS[kind],
        )
        found = (precedence, tlp, kind)
        fitting = [
            officers
            for pattern, officers in lines
            if all(word in {"*", is_} for word, is_ in zip(pattern, found, strict=True))
        ]
        assert policy.needs_two(header) is (fitting[:1] == ["two"])


@given(LINES, st.data())
@example([(("*", "*", "*"), "two")], None)
def test_a_text_that_was_changed_is_read_as_the_pages_say(
    lines: Lines, data: st.DataObject | None
) -> None:
    text = text_of(lines)
    if data is not None:
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(start + 3, len(text))))
        new = st.sampled_from([b"", b"\n", b" ", b"*", b"* * * one\n", b"\xff", b"2"])
        text = text[:start] + data.draw(new) + text[end:]
    try:
        expected: object = len(third_judge.read_release(text))
    except third_reader.Refused:
        expected = Reason.POLICY
    try:
        found: object = len(read_release(text).lines)
    except Refusal as refusal:
        found = refusal.reason

    assert found == expected


def made(fields: dict[str, object], with_: str, named: list[tuple[str, int]]) -> bytes:
    desks = [(PK.desk, 3), (CN.desk, 1), *named]
    recipients = [
        pb.Recipient(desk=desk, recipient_class=class_, kid=bytes([place]) * 32)  # type: ignore[arg-type]
        for place, (desk, class_) in enumerate(desks)
    ]
    header = core(PK, recipients=recipients, **fields)
    signers = [("author", PK.author), *(("releaser", one) for one in WITH[with_])]
    return signed(header.SerializeToString(deterministic=True), signers)


@settings(max_examples=400)
@given(
    st.fixed_dictionaries(
        {
            "kind": st.sampled_from([pb.KIND_BULLETIN, pb.KIND_TRANSLATION, 3, 4]),
            "references": st.sampled_from(
                [
                    [pb.Reference(relation=relation, name=bytes(32))]
                    for relation in (
                        pb.RELATION_OPENED,
                        pb.RELATION_ACKNOWLEDGED,
                        pb.RELATION_COUNTERSIGNED,
                    )
                ]
            ),
            "precedence": st.integers(1, 4),
            "tlp": st.sampled_from([pb.TLP_AMBER, pb.TLP_RED]),
            "release": st.integers(1, 3),
        }
    ),
    st.sampled_from(list(WITH)),
    st.lists(
        st.tuples(
            st.sampled_from([REVIEWING, "far.islamabad.pk", PK.desk, CN.desk]),
            st.sampled_from([1, 4, 4]),
        ),
        max_size=2,
    ),
)
def test_rules_fast_path_and_pages_agree_on_who_may_release(
    fields: dict[str, object], with_: str, named: list[tuple[str, int]]
) -> None:
    entry = made(fields, with_, named)
    forms = AcceptedForms(PK.node, PK.directory)

    verdict = rules.judge(entry, LOG)
    accepted = not isinstance(verdict, rules.Refused)
    quick = []
    for _ in range(2):  # learned, and then known
        try:
            fast_accept.check(entry, LOG, forms)
        except Refusal as refusal:
            quick.append(str(refusal.reason))
        else:
            quick.append("ACCEPTED")

    word = "ACCEPTED" if accepted else str(getattr(verdict, "reason", ""))
    assert quick == [word, word]
    assert by_pages(entry) == word
    assert (forms.judge(entry) is not None) is accepted


def by_pages(entry: bytes) -> str:
    log = third_judge.Log(PK.node)
    log.release = [
        line.split() for line in ("* RED * two", "FLASH * * one", "ROUTINE * * two")
    ]
    for kid in (PK.author.kid, CHIEF.kid, REVIEWER.kid, TWICE.kid):
        held = PK.directory.signer("author", kid) or PK.directory.signer(
            "releaser", kid
        )
        assert held is not None
        life = held.valid_from, held.valid_until
        known = third_judge.Key(held.subject, held.role, "ed25519", held.public, *life)
        log.keys[kid] = known
    return third_judge.judge(log, entry)


def test_a_policy_forgets_what_was_learned_before_it() -> None:
    nation = Nation().enrol()
    forms = AcceptedForms(nation.node, nation.directory)
    log = rules.Log(nation.node, nation.directory, Nothing())
    copy = pb.Recipient(desk=nation.desk, kid=bytes(32))
    copy.recipient_class = pb.RECIPIENT_CLASS_COPY
    header = core(nation, recipients=[copy])
    entry = signed(
        header.SerializeToString(deterministic=True), [("author", nation.author)]
    )
    assert fast_accept.check(entry, log, forms)

    text = b"release\n* * * two\n"
    nation.say(statements.policy_statement("pk", text, 1), nation.by_roots())

    assert forms.judge(entry) is None
    with refusing(Reason.RELEASE):
        fast_accept.check(entry, log, forms)


def test_a_draft_lacks_nothing_but_its_releaser() -> None:
    fields: dict[str, object] = {"release": pb.RELEASE_RELEASED, "tlp": pb.TLP_RED}
    draft = envelope.split(made(fields, "nobody", []))
    assert rules.is_draft(draft)
    assert rules.check_draft(draft, LOG).core.tlp == pb.TLP_RED
    assert isinstance(rules.judge(draft.entry, LOG), rules.Refused)
    for other in (
        made(fields, "chief", []),
        made({"release": pb.RELEASE_NONE}, "nobody", []),
        made({"release": pb.RELEASE_EMERGENCY, "precedence": 1}, "nobody", []),
    ):
        assert not rules.is_draft(envelope.split(other))
    for spoilt, named in (
        ({"precedence": 9}, []),
        ({}, [(REVIEWING, 4), ("far.islamabad.pk", 4)]),
        ({"author": CHIEF.kid}, []),
    ):
        bad = envelope.split(made(fields | spoilt, "nobody", named))
        with pytest.raises(Refusal):
            rules.check_draft(bad, LOG)


def test_a_draft_of_an_author_who_is_not_known_is_given_back_by_nobody() -> None:
    header = core(PK, release=pb.RELEASE_RELEASED, author=REVIEWER.kid)
    call = sign_return(bytes(32), RETURN_CODE_OTHER, header.filed, CHIEF)

    with refusing(Reason.SIGNER_UNKNOWN, where="author"):
        check_return(call, header, PK.directory)
