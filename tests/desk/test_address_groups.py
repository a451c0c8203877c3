"""Groups of addresses: kept, expanded, and refused by name where they are broken."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.desk.mailbox import Mailbox
from exchange.desk.outgoing.address_groups import (
    AddressBook,
    address_book,
    check_members,
    names_group,
)
from exchange.desk.terminal.desk import TerminalDesk
from exchange.errors import Reason, Refusal, Why
from exchange.limits import GROUP_NAME_MAX, GROUPS_MAX, RECIPIENTS_MAX
from tests.desk.bench import Bench, said
from tests.expecting import refusing
from tests.node.world import CN
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
    box.close()
    box = Mailbox(path, seed("database"))
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
    bench: Bench, name: str
) -> None:
    with refusing(Reason.FIELD_VALUE):
        bench.cn.mailbox.address_groups.save(name, [PK_DESK])
    assert bench.cn.mailbox.address_groups.all() == []


def test_groups_are_bounded(bench: Bench) -> None:
    groups = bench.cn.mailbox.address_groups
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
    try:
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
        bench.pk.send(said(bench.world.nations[CN], "Roster", **roster))
        bench.pk.send(said(bench.world.nations[CN], "Roster", **drill))
        bench.meet()
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
    finally:
        bench.cn.mailbox.database.on_change.clear()
