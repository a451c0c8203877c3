"""Every reason that Submit answers has a class, that of docs/spec/errors.md."""

import re
from pathlib import Path

import pytest

import exchange
from exchange.errors import Reason
from exchange.limits import DAY, FILED_AHEAD_MAX
from exchange.refusal_classes import (
    CLASSES,
    NEVER_ANSWERED,
    OF_THE_NODE,
    RefusalClass,
    not_before,
    of_answer,
)

NOW = 1_800_000_000_000
ROOT = Path(exchange.__file__).parent
JUDGES = (  # whatever Submit runs through, from the bytes to the disk
    "envelope.py",
    "core.py",
    "trust/rules.py",
    "trust/labels.py",
    "trust/statements.py",
    "trust/directory.py",
    "trust/policies.py",
    "trust/names.py",
    "ledger/note.py",
    "ledger/checkpoint.py",
    "ledger/policy.py",
    "node/submission_check.py",
    "node/own_log.py",
    "node/submissions.py",
    "node/members.py",
    "store/append.py",
    "store/database.py",
    "store/entries.py",
)
ELSEWHERE = {  # raised there for others than Submit
    "envelope.py": {"SEAL", "PADDING"},  # by who opens
    "trust/directory.py": {"BUNDLE"},  # at the start of a node
    "node/members.py": {"NOT_PINNED"},  # of who is no member
}


def test_every_reason_has_a_class_or_is_never_answered() -> None:
    assert not CLASSES.keys() & NEVER_ANSWERED
    assert CLASSES.keys() | NEVER_ANSWERED == set(Reason)


@pytest.mark.parametrize("judge", JUDGES)
def test_whatever_judges_an_envelope_answers_reasons_of_a_class(judge: str) -> None:
    said = set(re.findall(r"Reason\.([A-Z_]+)", (ROOT / judge).read_text()))

    unclassed = (
        said - {reason.value for reason in CLASSES} - ELSEWHERE.get(judge, set())
    )
    assert not unclassed


def test_the_lists_of_the_format_are_kept() -> None:
    """What is LATER, and not of this list, says nothing of the envelope."""
    of = {
        cls: {r.value for r, c in CLASSES.items() if c is cls} for cls in RefusalClass
    }
    own = {"TIME", "MINIMIZE", "EMCON", "QUOTA", "ATTACHMENT"}
    of_node = {"NOT_WRITER", "BUSY", "CONFLICT", "DISK", "LOCKED", "DATABASE", "RATE"}
    assert of[RefusalClass.LATER] - {r.value for r in OF_THE_NODE} == own
    assert {r.value for r in OF_THE_NODE} >= of_node
    assert of[RefusalClass.RESIGN] == {"SIGNER_TIME", "KEY_GONE"}


@pytest.mark.parametrize(
    "reason", [Reason.SIGNER_UNKNOWN, Reason.RECIPIENT_UNKNOWN, Reason.REFERENCES]
)
def test_what_a_log_may_still_bring_is_final_but_for_the_node_s_word(
    reason: Reason,
) -> None:
    final = of_answer(reason, later=False, filed=NOW, now=NOW)
    later = of_answer(reason, later=True, filed=NOW, now=NOW)
    assert (final, later) == (RefusalClass.FINAL, RefusalClass.LATER)


@pytest.mark.parametrize(
    ("ahead", "expected"),
    [
        (-30 * DAY, RefusalClass.LATER),  # it is the node's clock that is behind
        (0, RefusalClass.LATER),
        (DAY + FILED_AHEAD_MAX, RefusalClass.LATER),
        (DAY + FILED_AHEAD_MAX + 1, RefusalClass.RESIGN),
    ],
)
def test_the_hour_is_waited_for_a_day_at_most(
    ahead: int, expected: RefusalClass
) -> None:
    filed = NOW + ahead
    assert of_answer(Reason.TIME, later=True, filed=filed, now=NOW) is expected
    assert not_before(Reason.TIME, filed) == filed - FILED_AHEAD_MAX
    assert not_before(Reason.DISK, filed) == 0


def test_an_answer_without_a_class_is_the_node_s_word() -> None:
    said = [
        of_answer(Reason.SEAL, later=later, filed=NOW, now=NOW)
        for later in (False, True)
    ]
    assert said == [RefusalClass.FINAL, RefusalClass.LATER]
