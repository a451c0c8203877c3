"""What a desk keeps for its officers: groups, searches, templates, drafts, sources."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.desk.mailbox import NONE, Mailbox, Mark, saved_searches
from exchange.desk.mailbox.sources import Grade
from exchange.desk.mailbox.templates import DEFAULTS
from exchange.desk.outgoing import sources
from exchange.desk.outgoing.address_groups import (
    AddressBook,
    address_book,
    check_members,
    names_group,
)
from exchange.desk.terminal.desk import TerminalDesk
from exchange.errors import Reason, Refusal, Why
from exchange.limits import (
    DRAFT_MAX,
    DRAFTS_MAX,
    GROUP_NAME_MAX,
    GROUPS_MAX,
    RECIPIENTS_MAX,
    TEMPLATE_NAME_MAX,
    TEMPLATES_MAX,
)
from exchange.v1 import bulletin_pb2
from tests.desk.bench import Bench
from tests.desk.made import NOW
from tests.expecting import refused, refusing
from tests.trust.nation import seed

CN_DESK, PK_DESK = "ops.beijing.cn", "ops.islamabad.pk"


def why(refusal: pytest.ExceptionInfo[Refusal]) -> str:
    said = refusal.value.why
    return said.text.format(**said.values) if isinstance(said, Why) else ""


def test_a_group_is_made_changed_and_deleted_and_survives(tmp_path: Path) -> None:
    path = tmp_path / "m"
    box = Mailbox(path, seed("database"))
    box.address_groups.save(" شاہراہ ", ["a.x", "b.x", "a.x"])
    box.address_groups.save("north", ["c.x"])
    box.address_groups.save("north", [])
    box.templates.save("Convoy", "two")
    box.close()
    box = Mailbox(path, seed("database"))
    assert box.templates.all() == [("Convoy", "two")]
    assert box.address_groups.all() == [("north", ()), ("شاہراہ", ("a.x", "b.x"))]
    box.address_groups.drop("north")
    assert [one.name for one in box.address_groups.all()] == ["شاہراہ"]
    with refusing(Reason.NOT_FOUND):
        box.address_groups.drop("north")
    box.close()


@pytest.mark.parametrize(
    "name", ["", "  ", "@x", "a@b", "x" * (GROUP_NAME_MAX + 1), "a\x1b[2J", "a\nb"]
)
def test_a_name_that_could_not_be_typed_or_shown_is_refused(
    box: Mailbox, name: str
) -> None:
    with refusing(Reason.FIELD_VALUE):
        box.address_groups.save(name, [PK_DESK])
    assert box.address_groups.all() == []


def test_groups_are_bounded(box: Mailbox) -> None:
    groups = box.address_groups
    with pytest.raises(Refusal):
        groups.save("large", [f"d{n}.x" for n in range(RECIPIENTS_MAX + 1)])
    for n in range(GROUPS_MAX):
        groups.save(f"g{n}", [])
    with refusing(Reason.TOO_LONG):
        groups.save("more", [])
    assert len(groups.all()) == GROUPS_MAX


def book(**groups: tuple[str, ...]) -> AddressBook:
    return AddressBook(groups, frozenset({CN_DESK, "b.x", "c.x", PK_DESK}), PK_DESK)


def test_a_group_stands_for_its_desks_once_and_never_for_the_own() -> None:
    made = book(g=("b.x", PK_DESK, CN_DESK), h=("c.x", "b.x"))
    assert made.expand(["@g", "c.x", "@h"]) == ["b.x", CN_DESK, "c.x"]
    assert made.expand_both(["@g"], ["@h", CN_DESK]) == (["b.x", CN_DESK], ["c.x"])
    assert names_group(["b.x", "@g"])
    assert not names_group(["b.x"])


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("@none", "no such address group"),
        ("@empty", "has no other desk"),
        ("@alone", "has no other desk"),
        ("@gone", "left.y is in no directory any more"),
        ("@", "no such address group"),
    ],
)
def test_a_broken_group_is_refused_in_a_line_that_names_it(
    address: str, told: str
) -> None:
    made = book(empty=(), alone=(PK_DESK,), gone=("b.x", "left.y"))
    with refusing(Reason.RECIPIENT_UNKNOWN, address) as refusal:
        made.expand(["c.x", address])
    assert told in why(refusal)


NAMES = st.sampled_from(["b.x", "c.x", CN_DESK, "@g", "@h", "@none", "@gone", "zz"])


@given(st.lists(NAMES, max_size=8), st.lists(NAMES, max_size=8))
def test_what_is_expanded_names_desks_alone(to: list[str], info: list[str]) -> None:
    made = book(g=("b.x", CN_DESK), h=("c.x", PK_DESK), gone=("left.y",))
    broken = {"@none", "@gone"} & {*to, *info}
    if broken:
        with pytest.raises(Refusal) as refusal:
            made.expand_both(to, info)
        assert refusal.value.where in broken
        return
    acting, told = made.expand_both(to, info)
    assert not names_group([*acting, *told])
    assert len({*acting, *told}) == len(acting) + len(told)
    assert {one for one in to if not one.startswith("@")} <= {*acting}


def test_a_real_desk_expands_by_its_own_directory(bench: Bench) -> None:
    desk = bench.cn
    check_members(desk.pinned, [PK_DESK, CN_DESK])
    with refusing(where="ops.nowhere.cn"):
        check_members(desk.pinned, [PK_DESK, "ops.nowhere.cn"])
    desk.mailbox.address_groups.save("all", [PK_DESK, CN_DESK])
    found = address_book(desk.mailbox, desk.pinned, desk.officer.desk)
    assert found.expand(["@all"]) == [PK_DESK]


def test_the_directory_has_each_desk_with_its_newest_roster(bench: Bench) -> None:
    view = TerminalDesk(bench.cn)
    before = {one.desk: one for one in view.directory()}
    assert set(before) == {PK_DESK, CN_DESK}
    assert before[CN_DESK].own
    assert (before[PK_DESK].posts, before[PK_DESK].heard_at) == ([], 0)
    roster: dict[str, object] = {
        "kind": "LIAISON",
        "precedence": "ROUTINE",
        "mode": "ACTUAL",
        "details": {
            "agency": "NACTA",
            "roster": [
                {"post": "NIGHT-2", "role": "INTERPRETER", "channel": "HOTLINE-7"},
                {"post": "NIGHT-1", "role": "DUTY_OFFICER", "deputy": "NIGHT-3"},
            ],
        },
        "request": {"acknowledge": "NONE"},
    }
    drill = roster | {"mode": "EXERCISE"}
    bench.send("Roster", **roster)
    bench.deliver("Roster", **drill)
    (found,) = [one for one in view.directory() if one.desk == PK_DESK]
    assert (found.liaison, found.nation) == (1, "pk"), "a drill's counts in drills"
    assert found.heard_at > 0
    posts = [(x.post, x.role, x.channel, x.deputy) for x in found.posts]
    assert posts == [
        ("NIGHT-2", "Interpreter", "HOTLINE-7", ""),
        ("NIGHT-1", "Duty officer", "", "NIGHT-3"),
    ]
    bench.pk.recall(bench.cn.mailbox.messages.row(1).name, "WRONG_CONTENT")
    bench.meet()
    (found,) = [one for one in view.directory() if one.desk == PK_DESK]
    assert (found.liaison, found.posts) == (0, []), "it was recalled"


# Searches that are kept.


def test_a_search_is_kept_under_its_name(box: Mailbox) -> None:
    box.saved_searches.save(" رات ", "is:unread گاڑی")
    box.saved_searches.save("dasu", "site:DASU-HPP")
    box.saved_searches.save("dasu", "near:DASU-HPP:50km")
    assert box.saved_searches.all() == [
        ("dasu", "near:DASU-HPP:50km"),
        ("رات", "is:unread گاڑی"),
    ]
    assert box.saved_searches.line("رات") == "is:unread گاڑی"
    box.saved_searches.drop("dasu")
    assert [search.name for search in box.saved_searches.all()] == ["رات"]


@pytest.mark.parametrize("name", ["", " ", "x" * 65, "a\nb", "\x1b[2J", "\u202ea"])
def test_names_that_are_none(box: Mailbox, name: str) -> None:
    for ask in (
        box.saved_searches.line,
        box.saved_searches.drop,
        lambda n: box.saved_searches.save(n, "x"),
    ):
        with refusing(Reason.FIELD_VALUE):
            ask(name)
    assert box.saved_searches.all() == []


def test_what_is_not_kept(box: Mailbox) -> None:
    for ask in (box.saved_searches.line, box.saved_searches.drop):
        with refusing(Reason.FIELD_VALUE):
            ask("absent")


def test_there_are_not_too_many_and_none_is_too_long(
    box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saved_searches, "SEARCHES_MAX", 1)
    box.saved_searches.save("first", "x")
    box.saved_searches.save("first", "y")
    for name, line in (("second", "x"), ("first", "x" * 5_000)):
        with refusing(Reason.TOO_LONG):
            box.saved_searches.save(name, line)
    assert box.saved_searches.all() == [("first", "y")]


# Templates of a desk, in its mailbox.


def test_a_template_is_kept_over_the_one_of_its_name_and_forgotten(
    box: Mailbox,
) -> None:
    box.templates.save(" Convoy ", "one")
    box.templates.save("Convoy", "two")
    box.templates.save("Arrival", "گاڑی")
    assert box.templates.all() == [("Arrival", "گاڑی"), ("Convoy", "two")]
    box.templates.drop("Convoy")
    box.templates.drop("Convoy")
    assert box.templates.all() == [("Arrival", "گاڑی")]


def test_the_defaults_stand_first_and_count_as_no_template(box: Mailbox) -> None:
    for n in range(TEMPLATES_MAX):
        box.templates.save(f"n{n}", "x")
    box.templates.save(DEFAULTS, "label")
    assert box.templates.all()[0] == (DEFAULTS, "label")
    with refusing(Reason.TOO_LONG):
        box.templates.save("one more", "x")
    assert len(box.templates.all()) == TEMPLATES_MAX + 1


@pytest.mark.parametrize("name", [" ", "\x1b[2J", "x" * (TEMPLATE_NAME_MAX + 1)])
def test_a_name_that_cannot_be_shown_or_a_long_text_is_refused(
    box: Mailbox, name: str
) -> None:
    with refusing(Reason.FIELD_VALUE, "template"):
        box.templates.save(name, "x")
    with refusing(Reason.TOO_LONG):
        box.templates.save("x", "x" * (DRAFT_MAX + 1))
    assert box.templates.all() == []


# Drafts in the mailbox: each its officer's, none over another.


MINE, OTHER = "duty-1@ops.islamabad.pk", "duty-2@ops.islamabad.pk"


def texts(box: Mailbox, officer: str = MINE) -> list[bytes]:
    return [draft.data for draft in box.drafts.of(officer)]


def test_each_is_saved_under_its_own_id(box: Mailbox) -> None:
    first = box.drafts.save(MINE, NONE, b"one", 5)
    second = box.drafts.save(MINE, NONE, b"two", 4)
    again = box.drafts.save(MINE, first, b"one, more", 3)
    assert again[0] == first[0] != second[0]
    assert [tuple(draft) for draft in box.drafts.of(MINE)] == [
        (second, 4, b"two"),  # by the order in which they were begun, not by a clock
        (again, 3, b"one, more"),
    ]
    box.drafts.drop(MINE, second)
    box.drafts.drop(MINE, second)
    assert texts(box) == [b"one, more"]
    third = box.drafts.save(MINE, NONE, b"three", 1)
    assert third[0] not in {first[0], second[0]}, "ids are not used again"


def test_what_another_program_saved_or_dropped_is_not_overwritten(
    box: Mailbox,
) -> None:
    mark = box.drafts.save(MINE, NONE, b"both began here", 1)
    box.drafts.save(MINE, mark, b"said here", 2)
    mine = box.drafts.save(MINE, mark, b"said there", 3)
    assert mine[0] != mark[0]
    assert texts(box) == [b"said there", b"said here"]
    box.drafts.drop(MINE, mark)  # sent there as it was; what was saved since stays
    assert texts(box) == [b"said there", b"said here"]
    box.drafts.drop(MINE, mine)
    assert box.drafts.save(MINE, mine, b"not gone", 4)[0] != mine[0]
    assert texts(box) == [b"not gone", b"said here"]


def test_a_draft_is_its_officers(box: Mailbox) -> None:
    mark = box.drafts.save(MINE, NONE, b"mine", 1)
    assert texts(box, OTHER) == []
    box.drafts.drop(OTHER, mark)
    box.drafts.save(OTHER, mark, b"another's", 2)
    assert (texts(box), texts(box, OTHER)) == ([b"mine"], [b"another's"])


def too_long(box: Mailbox, mark: Mark, data: bytes, officer: str = MINE) -> str:
    with refusing(Reason.TOO_LONG) as refusal:
        box.drafts.save(officer, mark, data, 1)
    return refusal.value.where


def test_how_many_and_how_long_they_are_has_a_bound(box: Mailbox) -> None:
    marks = [box.drafts.save(MINE, NONE, b"x", 1) for _ in range(DRAFTS_MAX)]
    assert too_long(box, NONE, b"one more") == "drafts"
    kept = box.drafts.save(MINE, marks[0], b"y" * DRAFT_MAX, 1)
    assert too_long(box, kept, b"y" * (DRAFT_MAX + 1)) == "draft"
    assert len(texts(box)) == DRAFTS_MAX
    assert len(texts(box)[-1]) == DRAFT_MAX
    box.drafts.save(OTHER, NONE, b"x", 1)
    box.drafts.drop(MINE, marks[1])
    box.drafts.save(MINE, NONE, b"one more", 1)


def test_no_screen_is_renewed_for_a_draft(box: Mailbox) -> None:
    told: list[object] = []
    box.database.on_change.append(told.append)
    mark = box.drafts.save(MINE, NONE, b"x", 1)
    box.drafts.drop(MINE, mark)
    assert told == []
    box.settings.set("x", "y")
    assert told


# The register of sources: codes, no names, and a history of grades.


CODE = "PK-H-07"
OFFICER = "duty-1@ops.islamabad.pk"


def grade(reliability: str, at: int = NOW, why: str = "") -> Grade:
    return Grade(at, reliability, OFFICER, why)


def said(source: str = CODE, reliability: str = "B") -> bulletin_pb2.Content:
    found = bulletin_pb2.Assessment(
        source=source, reliability=reliability, credibility=2
    )
    return bulletin_pb2.Content(assessment=found)


def test_a_source_keeps_every_grade_that_it_had(box: Mailbox) -> None:
    sources.add(box, CODE, grade("B"), "Highway maintenance")
    why = "Two reports not borne out"
    sources.regrade(box, CODE, grade("C", NOW + 1, why))

    assert box.sources.get(CODE).reliability == "C"
    assert box.sources.get(CODE).remark == "Highway maintenance"
    assert box.sources.grades(CODE) == [grade("B"), grade("C", NOW + 1, why)]
    assert [source.code for source in box.sources.all()] == [CODE]


def test_a_clock_that_was_set_back_reorders_no_grades(box: Mailbox) -> None:
    sources.add(box, CODE, grade("B"))
    sources.regrade(box, CODE, grade("C", NOW - 5, "Corrected"))
    assert box.sources.get(CODE).reliability == "C"
    assert [one.reliability for one in box.sources.grades(CODE)] == ["B", "C"]


def test_a_bulletin_has_the_grade_of_its_source_now(box: Mailbox) -> None:
    sources.add(box, CODE, grade("B"))
    sources.check(box, said())
    sources.regrade(box, CODE, grade("D", NOW + 1, "Twice wrong"))
    found = refused(sources.check, box, said())
    assert found == (Reason.FIELD_VALUE, "assessment.reliability: D")
    sources.check(box, said(reliability="D"))


def test_an_unregistered_source_grades_nothing(box: Mailbox) -> None:
    found = refused(sources.check, box, said())
    assert found == (Reason.CODE_UNKNOWN, "assessment.source")
    sources.check(box, said(source=""))


def test_a_grade_left_out_is_that_of_the_register(box: Mailbox) -> None:
    sources.add(box, CODE, grade("B"))
    written = {"kind": "RFI", "assessment": {"source": CODE, "credibility": 2}}
    filled = sources.fill(box, written)
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
def test_nothing_is_filled_in_unasked(box: Mailbox, written: dict[str, object]) -> None:
    assert sources.fill(box, written) == written


@pytest.mark.parametrize(
    "code",
    ["", "pk-h-07", "PK-H-7", "PK-AHMED-07", "AHMED-KHAN", "PK-H-07\n", "PK-H-٠٧"],
)
def test_what_could_name_somebody_is_no_code(box: Mailbox, code: str) -> None:
    assert refused(sources.add, box, code, grade("B")) == (
        Reason.FIELD_VALUE,
        "CODE",
    )
    regraded = refused(sources.regrade, box, code, grade("B", why="x"))
    assert regraded == (Reason.FIELD_VALUE, "CODE")
    assert not box.sources.all()


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
def test_a_remark_speaks_of_nobody(box: Mailbox, remark: str, reason: Reason) -> None:
    added = refused(sources.add, box, CODE, grade("B"), remark)
    assert added == (reason, "remark")
    assert not box.sources.all()
    sources.add(box, CODE, grade("B"))
    if remark.strip():
        regraded = refused(sources.regrade, box, CODE, grade("C", why=remark))
        assert regraded == (reason, "why")
    assert len(box.sources.grades(CODE)) == 1


def test_what_is_no_grade_or_has_no_reason(box: Mailbox) -> None:
    found = refused(sources.add, box, CODE, grade("G"))
    assert found == (Reason.CODE_UNKNOWN, "reliability")
    sources.add(box, CODE, grade("B"))
    found = refused(sources.add, box, CODE, grade("A"))
    assert found == (Reason.FIELD_VALUE, CODE)
    found = refused(sources.regrade, box, CODE, grade("C"))
    assert found == (Reason.FIELD_MISSING, "why")
    found = refused(sources.regrade, box, "CN-H-01", grade("C", why="x"))
    assert found == (Reason.CODE_UNKNOWN, "CN-H-01")
    assert box.sources.get(CODE).reliability == "B"


@given(st.text())
def test_no_text_but_a_code_is_a_code(text: str) -> None:
    if sources.CODE.fullmatch(text):
        assert len(text) <= 9
        assert sum(letter.isalpha() for letter in text) == 3
