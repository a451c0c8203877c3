"""The register of sources: codes, no names, and a history of grades."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.desk.mailbox import Mailbox
from exchange.desk.mailbox.sources import Grade
from exchange.desk.outgoing import sources
from exchange.errors import Reason
from exchange.v1 import bulletin_pb2
from tests.desk.made import KEY, NOW
from tests.expecting import refused

CODE = "PK-H-07"
OFFICER = "duty-1@ops.islamabad.pk"


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[Mailbox]:
    made = Mailbox(tmp_path / "mailbox.db", KEY)
    yield made
    made.close()


def grade(reliability: str, at: int = NOW, why: str = "") -> Grade:
    return Grade(at, reliability, OFFICER, why)


def said(source: str = CODE, reliability: str = "B") -> bulletin_pb2.Content:
    found = bulletin_pb2.Assessment(
        source=source, reliability=reliability, credibility=2
    )
    return bulletin_pb2.Content(assessment=found)


def test_a_source_keeps_every_grade_that_it_had(mailbox: Mailbox) -> None:
    sources.add(mailbox, CODE, grade("B"), "Highway maintenance")
    why = "Two reports not borne out"
    sources.regrade(mailbox, CODE, grade("C", NOW + 1, why))

    assert mailbox.sources.get(CODE).reliability == "C"
    assert mailbox.sources.get(CODE).remark == "Highway maintenance"
    assert mailbox.sources.grades(CODE) == [grade("B"), grade("C", NOW + 1, why)]
    assert [source.code for source in mailbox.sources.all()] == [CODE]


def test_a_clock_that_was_set_back_reorders_no_grades(mailbox: Mailbox) -> None:
    sources.add(mailbox, CODE, grade("B"))
    sources.regrade(mailbox, CODE, grade("C", NOW - 5, "Corrected"))
    assert mailbox.sources.get(CODE).reliability == "C"
    assert [one.reliability for one in mailbox.sources.grades(CODE)] == ["B", "C"]


def test_a_bulletin_has_the_grade_of_its_source_now(mailbox: Mailbox) -> None:
    sources.add(mailbox, CODE, grade("B"))
    sources.check(mailbox, said())
    sources.regrade(mailbox, CODE, grade("D", NOW + 1, "Twice wrong"))
    found = refused(sources.check, mailbox, said())
    assert found == (Reason.FIELD_VALUE, "assessment.reliability: D")
    sources.check(mailbox, said(reliability="D"))


def test_an_unregistered_source_grades_nothing(mailbox: Mailbox) -> None:
    found = refused(sources.check, mailbox, said())
    assert found == (Reason.CODE_UNKNOWN, "assessment.source")
    sources.check(mailbox, said(source=""))


def test_a_grade_left_out_is_that_of_the_register(mailbox: Mailbox) -> None:
    sources.add(mailbox, CODE, grade("B"))
    written = {"kind": "RFI", "assessment": {"source": CODE, "credibility": 2}}
    filled = sources.fill(mailbox, written)
    assert filled["assessment"] == {
        "source": CODE,
        "credibility": 2,
        "reliability": "B",
    }
    assert "reliability" not in written["assessment"]


@pytest.mark.parametrize(
    "written",
    [
        {},
        {"assessment": None},
        {"assessment": {"source": 7}},
        {"assessment": {"source": ""}},
        {"assessment": {"source": CODE, "reliability": "A"}},
    ],
    ids=repr,
)
def test_nothing_is_filled_in_unasked(
    mailbox: Mailbox, written: dict[str, object]
) -> None:
    assert sources.fill(mailbox, written) == written


@pytest.mark.parametrize(
    "code",
    ["", "pk-h-07", "PK-H-7", "PK-AHMED-07", "AHMED-KHAN", "PK-H-07\n", "PK-H-٠٧"],
)
def test_what_could_name_somebody_is_no_code(mailbox: Mailbox, code: str) -> None:
    assert refused(sources.add, mailbox, code, grade("B")) == (
        Reason.FIELD_VALUE,
        "CODE",
    )
    regraded = refused(sources.regrade, mailbox, code, grade("B", why="x"))
    assert regraded == (Reason.FIELD_VALUE, "CODE")
    assert not mailbox.sources.all()


@pytest.mark.parametrize(
    ("remark", "reason"),
    [
        ("Call 0300-1234567", Reason.PERSONAL_DATA),
        ("Card 35202-1234567-1", Reason.PERSONAL_DATA),
        ("someone@example.org", Reason.PERSONAL_DATA),
        ("Cousin of Mr Iqbal", Reason.PERSONAL_DATA),
        ("Imran Ahmed at the depot", Reason.PERSONAL_DATA),
        ("جناب اقبال کے ذریعے", Reason.PERSONAL_DATA),
        ("王先生的同事", Reason.PERSONAL_DATA),
        ("x" * 201, Reason.TOO_LONG),
        ("\x1b[2J", Reason.FIELD_VALUE),
        ("\u202eabc", Reason.FIELD_VALUE),
        (" ", Reason.FIELD_MISSING),
    ],
    ids=range(11),
)
def test_a_remark_speaks_of_nobody(
    mailbox: Mailbox, remark: str, reason: Reason
) -> None:
    added = refused(sources.add, mailbox, CODE, grade("B"), remark)
    assert added == (reason, "remark")
    assert not mailbox.sources.all()
    sources.add(mailbox, CODE, grade("B"))
    if remark.strip():
        regraded = refused(sources.regrade, mailbox, CODE, grade("C", why=remark))
        assert regraded == (reason, "why")
    assert len(mailbox.sources.grades(CODE)) == 1


def test_what_is_no_grade_or_has_no_reason(mailbox: Mailbox) -> None:
    found = refused(sources.add, mailbox, CODE, grade("G"))
    assert found == (Reason.CODE_UNKNOWN, "reliability")
    sources.add(mailbox, CODE, grade("B"))
    found = refused(sources.add, mailbox, CODE, grade("A"))
    assert found == (Reason.FIELD_VALUE, CODE)
    found = refused(sources.regrade, mailbox, CODE, grade("C"))
    assert found == (Reason.FIELD_MISSING, "why")
    found = refused(sources.regrade, mailbox, "CN-H-01", grade("C", why="x"))
    assert found == (Reason.CODE_UNKNOWN, "CN-H-01")
    assert mailbox.sources.get(CODE).reliability == "B"


@given(st.text())
def test_no_text_but_a_code_is_a_code(text: str) -> None:
    if sources.CODE.fullmatch(text):
        assert len(text) <= 9
        assert sum(letter.isalpha() for letter in text) == 3
