"""The tables of docs/officers are those of the program: kinds, codes, keys."""

import re
import runpy

import pytest
from textual.binding import Binding
from textual.dom import DOMNode

from exchange.bulletin.codes import CODES
from exchange.bulletin.kinds import KINDS
from exchange.cli.list import CONDITIONS
from exchange.desk.deadlines import duty_roles
from exchange.desk.mailbox import Filter
from exchange.limits import MINUTE
from tests.walk import ROOT
from tui.app import Terminal
from tui.guarded_app import GuardedApp
from tui.keys import display_key as shown_key
from tui.screens.acknowledge import Acknowledge
from tui.screens.audit import AuditScreen
from tui.screens.audit_log import AuditLog
from tui.screens.back_translation import Compare
from tui.screens.board import BoardScreen
from tui.screens.bulletins import Bulletins
from tui.screens.compose import Compose
from tui.screens.directory import DirectoryScreen, GroupsScreen
from tui.screens.drafts import DraftsScreen
from tui.screens.handover import Duty
from tui.screens.keys import KeyPage, Keys
from tui.screens.list_search import Searching
from tui.screens.list_view import ListView
from tui.screens.named_texts import NamedTexts
from tui.screens.paragraph_editor import Write
from tui.screens.recall import Recall
from tui.screens.remark_box import Remarking
from tui.screens.review import Sending
from tui.screens.review_page import ReviewScreen
from tui.screens.sent import SentScreen
from tui.screens.template_box import TemplateBox
from tui.screens.translate import Translate
from tui.screens.verify import Verify
from tui.widgets.board_plots import BoardPlots
from tui.widgets.bulletin_list import BulletinList
from tui.widgets.choices import Choices
from tui.widgets.corridor_map import CorridorMap
from tui.widgets.form_view import FormView
from tui.widgets.sign_list import SignList

FOLDER = ROOT / "docs/officers"
GUIDE = {page.stem: page.read_text() for page in sorted(FOLDER.glob("*.md"))}
DOCUMENT = "".join(GUIDE.values())
WITHIN = {"30 min": 30, "10 min": 10, "1 h": 60, "4 h": 240, "24 h": 1_440}
ASKED = {
    "not asked": "NONE",
    "on receipt": "RECEIPT",
    "when read": "READ",
    "when acted upon": "ACTION",
}


def rows(page: str, heading: str) -> list[list[str]]:
    """Return the rows of the tables under a heading, without their heads."""
    _, _, told = GUIDE[page].partition(f"\n## {heading}\n")
    lines = told.partition("\n## ")[0].splitlines()
    table = [line[2:-2].split(" | ") for line in lines if line.startswith("| ")]
    return [row for row in table if not row[0].islower() or "`" in "".join(row)]


def test_every_kind_is_told_as_it_is_declared() -> None:
    told = {row[0]: row[2:] for row in rows("writing", "The kinds") if row[0] in KINDS}

    assert told
    assert told.keys() == KINDS.keys()
    for code, (precedence, asked, *within) in told.items():
        kind = KINDS[code]
        assert (precedence, ASKED[asked]) == (kind.precedence, kind.ack), code
        if kind.ack != "NONE":
            assert WITHIN[within[0]] == kind.ack_within // MINUTE, code


def test_the_codes_that_are_named_are_all_there_are() -> None:
    for codes, words in (
        ("decline_reason", "`CODE` is (.+?)\\.\n"),
        ("recall_reason", "Reasons of a recall: (.+?)\\.\n"),
        ("recall_instruction", "`--instruction` orders (.+?)\\.\n"),
    ):
        (found,) = re.findall(words, DOCUMENT, re.DOTALL)
        assert set(re.findall("[A-Z_]{3,}", found)) == CODES[codes].keys()
    roles = [CODES["liaison_role"][role]["en"].lower() for role in duty_roles.ROLES]
    assert ", ".join(roles) in DOCUMENT.replace("\n", " ")
    for labels in CODES["standing"].values():
        assert re.split("[ :]", labels["en"])[0] in DOCUMENT


def test_the_conditions_of_a_search_are_all_there_are() -> None:
    told = re.findall(
        "`([a-z]+):", "\n".join(row[0] for row in rows("finding", "Search"))
    )
    known = re.findall("([a-z]+):", CONDITIONS)

    assert set(told) == set(known)
    (states,) = [row[1] for row in rows("finding", "Search") if row[0] == "`is:`"]
    assert f"is:{states.replace(', ', '|')}" in CONDITIONS
    for line in ("near:DASU-HPP:50km", "near:35.3,73.2:50km", "on:2026-11-25"):
        Filter.read(line)


# The keys.

SCREENS: dict[str, tuple[type[DOMNode], ...]] = {
    "everywhere": (Terminal, GuardedApp),
    "list": (Bulletins, ListView, Searching, BulletinList),
    "acknowledge": (Acknowledge, Remarking, SignList),
    "sent": (SentScreen, Choices),
    "hand-over": (Duty,),
    "verification": (Verify,),
    "directory": (DirectoryScreen, Choices),
    "address groups": (GroupsScreen, Choices),
    "board": (BoardScreen, CorridorMap),
    "weeks of the board": (BoardPlots,),
    "keys": (Keys, Choices),
    "key": (KeyPage,),
    "audit": (AuditScreen, AuditLog, Choices),
    "form": (Compose, FormView),
    "drafts": (DraftsScreen, Choices),
    "templates": (TemplateBox, NamedTexts),
    "text of a form": (Write,),
    "review": (Sending, ReviewScreen, SignList),
    "recall": (Recall, Remarking, SignList),
    "translation": (Translate,),
    "comparison": (Compare,),
}
KEY = re.compile(r"\^[A-Z]|F\d{1,2}|Esc|[↑↓↵⇥␣]|[a-zA-Z/?,.*'\[\]]")


def bound(screen: str) -> dict[str, str]:
    """Return what each key of a screen does, by what stands on the keyboard."""
    found: dict[str, str] = {}
    ours = [
        kind
        for of in SCREENS[screen]
        for kind in of.__mro__
        if kind.__module__.startswith("tui.")
    ]
    for of in ours:
        for binding in vars(of).get("BINDINGS", ()):
            assert isinstance(binding, Binding)
            for key in filter(None, map(shown_key, binding.key.split(","))):
                sign = key.upper() if len(key) > 1 and key != "Esc" else key
                found.setdefault(sign, binding.description)
    return found


def keys() -> list[tuple[str, str, str]]:
    return [
        (screen, key.strip("`"), does)
        for screen in SCREENS
        for key, does in rows("keyboard", screen.capitalize())
    ]


@pytest.mark.parametrize(("screen", "key", "does"), keys())
def test_a_key_does_what_is_told(screen: str, key: str, does: str) -> None:
    assert bound(screen).get(key) == does


def test_the_keys_of_the_first_screen_are_all_told() -> None:
    told = {key for screen, key, _ in keys() if screen in {"list", "everywhere"}}
    every = (*Bulletins.BINDINGS, *ListView.BINDINGS, *Searching.BINDINGS)
    listed = {b.key_display for b in every if isinstance(b, Binding) and b.show}

    assert listed - told <= {"[ ]"}
    assert {"[", "]"} <= told


def test_every_key_in_the_text_is_one_of_them() -> None:
    prose = re.sub("^```.*?^```$", "", DOCUMENT, flags=re.MULTILINE | re.DOTALL)
    named = {t for t in re.findall("`([^`]+)`", prose) if KEY.fullmatch(t)}

    assert len(named) > 20
    assert named == {key for _, key, _ in keys()}


def test_its_pictures_are_drawn_by_the_program_and_there() -> None:
    program = runpy.run_path(str(ROOT / "docs" / "picture.py"))
    shown = set(re.findall(r"\]\(([a-z-]+\.svg)\)", DOCUMENT))
    assert {f"officers/{name}" for name in shown} == program["PICTURES"].keys() - {
        "terminal.svg"
    }
    assert shown == {path.name for path in FOLDER.glob("*.svg")}
    for name in shown:
        assert "unicode-bidi: bidi-override" in (FOLDER / name).read_text()


def test_the_map_leads_to_every_page() -> None:
    linked = set(re.findall(r"\]\(([a-z-]+)\.md", GUIDE["README"]))
    assert linked == GUIDE.keys() - {"README"}


def test_every_screen_with_keys_has_its_table() -> None:
    titles = re.findall("^## (.+)$", GUIDE["keyboard"], re.MULTILINE)
    assert sorted(titles) == sorted(screen.capitalize() for screen in SCREENS)
