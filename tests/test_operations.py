"""The pages for operators are run, and their tables are those of the program."""

import ast
import re
from functools import cache
from pathlib import Path

import msgspec
import pytest

from exchange import limits
from exchange.cli.status_output import REASONS
from exchange.config.settings import DeskConfig, NodeConfig
from exchange.errors import Reason
from exchange.limits import (
    DAY,
    EXPIRES_AFTER,
    ISSUER_KEY_LIFE,
    KEY_LIFE_MAX,
    LACKING_KEPT,
    OFFICER_KEY_LIFE,
    READER_KEY_LIFE,
    RETENTION,
    SEALING_KEY_LIFE,
)
from exchange.net.link_disk import EVIDENCE
from keys import tls
from tests.walk import (
    ADDRESSES,
    PASSPHRASE,
    ROOT,
    blocks,
    script,
    walk,
    with_free_ports,
)

pytestmark = pytest.mark.timeout(400)  # whichever comes first follows the document
FOLDER = ROOT / "docs/operations"
PAGES = {path.stem: path.read_text() for path in FOLDER.glob("*.md")}
ORDER = (
    *("README", "daily", "backup", "restore", "fork", "repair"),
    *("retention", "policies", "clocks"),
)
"""The pages with commands, as they are followed."""
BESIDE_THEM = [ROOT / "docs" / name for name in ("ceremony.md", "failover.md")]
README = (ROOT / "README.md").read_text()
HOMES = ["islamabad.pk", "beijing.cn"]
PAIRED = 5  # blocks of the README, by which two nodes run and have a bulletin

# What the document tells of and no command does.
WAIT = """
await() {
    ask await "$@"
    fusion status --home "$1" >said 2>&1 || head -1 said | grep -q '^FORK: '
    cat said
    grep -q "$2" said
}
"""
SIGNING = """
ask signing islamabad.pk
fusion status --home islamabad.pk
"""
FORK = """
kill $pk
wait $pk
rm islamabad.pk/node/ledger.db*
cp copy.db islamabad.pk/node/ledger.db
python fork.py
settle() { sleep 0; }  # there is nothing to wait for where ledgers differ
fusion serve --home islamabad.pk & pk=$!
"""
FORKED = "await beijing.cn 'alarm FORK islamabad.pk.fusion/log/1'"
RESUMED = """
await islamabad.pk 'log islamabad.pk.fusion/log/2 size 1: .* cosigned by beijing'
fusion fsck --home beijing.cn
fusion status --home beijing.cn
"""
DAMAGE = "python damage.py"
END = "await beijing.cn 'log islamabad.pk.fusion/log/2 size 3: .* cosigned by beijing'"
BESIDE = {
    "kind": "ROUTE_STATUS",
    "precedence": "PRIORITY",
    "mode": "TEST",
    "label": {"tlp": "AMBER", "releasable_to": ["cn", "pk"]},
    "to": ["ops.beijing.cn"],
    "subject": {"id": "s0", "lang": "en", "text": "Beside"},
    "segments": [{"id": "s1", "lang": "en", "text": "Another history."}],
    "when": {"from": "2026-11-24T12:00:00Z"},
    "place": {"site": "KKH-BRIDGE-7"},
    "details": {"state": "AMBER"},
}
PROGRAMS = {
    "fork.py": f"""
# Goes on from an old copy as if the partner held nothing: what nobody should do.
from pathlib import Path

from exchange.bulletin.content import from_json
from exchange.clock import Clock
from exchange.desk.client import Desk
from exchange.net.assemble import open_home
from exchange.node import peer_heads, submissions
from exchange.node.submission_check import Submission

home = Path("islamabad.pk")
with Desk.open(home, "duty-1", {PASSPHRASE!r}) as desk:
    made, _ = desk.compose(from_json({BESIDE!r}))
with open_home(home, Clock()) as (node, _):
    peer_heads.hear_partner(node, "beijing.cn", [])
    handed = Submission(made.envelope, None)
    (answer,) = submissions.submit(node, [handed])
    assert (answer.index, answer.reason) == (4, ""), answer
""",
    "damage.py": """
# Flips a bit of a sealed text where it lies in the file, under the node.
import os
from contextlib import closing

from sqlcipher3 import dbapi2

path = "islamabad.pk/node/ledger.db"
with closing(dbapi2.connect(path)) as database:
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    (body,) = database.execute("SELECT body FROM payload").fetchone()
with open(path, "rb") as file:
    at = file.read().index(body[:40]) + 25
with open(os.open(path, os.O_RDWR), "wb") as file:
    os.pwrite(file.fileno(), bytes([body[25] ^ 4]), at)
""",
}


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What was shown while one followed the document."""
    folder = tmp_path_factory.mktemp("operations")
    for name, program in PROGRAMS.items():
        (folder / name).write_text(program)
    steps = [step for page in ORDER for step in blocks(PAGES[page], "sh")]
    parts = [*blocks(README, "sh")[:PAIRED], WAIT, *_with(steps), END]
    (text,) = with_free_ports([script(parts, HOMES)], *ADDRESSES)
    return walk(text, folder, 300)


def _with(steps: list[str]) -> list[str]:
    """Return the steps, and between them what happens to the nodes."""
    found = []
    for step in steps:
        if "log resume --of" in step:
            found += [FORK, FORKED]
        if "fsck --repair" in step:
            found += [RESUMED, DAMAGE]
        found.append(step)
        if "rm islamabad.pk/node/ledger.db*" in step:
            found.append(SIGNING)
    return found


def test_every_page_with_commands_is_followed() -> None:
    assert {page for page in PAGES if blocks(PAGES[page], "sh")} == set(ORDER)


def test_every_command_runs(shown: str) -> None:
    assert shown.endswith("the end\n"), shown
    for what in (
        "log islamabad.pk.fusion/log/1 size 5: ",  # restored, from nothing but keys
        "This one is younger than the copy.",
        "alarm FORK islamabad.pk.fusion/log/1",
        "islamabad.pk.fusion/log/1 ends at 5, written to islamabad.end",
        "islamabad.pk goes on in its next log from its next start",
        "to be fetched when the node runs: entries: 0, texts: 1",
        "no text is past its retention",
        "islamabad.pk: recorded within a second if it runs, else at its next start",
    ):
        assert what in shown, what


def test_after_each_step_all_verifies(shown: str) -> None:
    """By the drill, then `fsck`: restored, gone on after the fork, damaged, rebuilt."""
    said = re.findall(r"^\d+ entries, \d+ signatures[^:]*: (.*)$", shown, re.MULTILINE)

    assert said == ["all as signed"] * 3 + ["1 wrong"] * 2 + ["all as signed"]


def test_in_the_end_nobody_is_alarmed(shown: str) -> None:
    _, _, last = shown.rpartition("node beijing.cn\n")

    assert "log islamabad.pk.fusion/log/2 size 3: " in last
    assert "alarm" not in last
    assert "ledgers agree" in last


# The tables.


@cache
def named_in(path: str) -> frozenset[str]:
    """Return the names of the tests in a file of the project."""
    tree = ast.parse((ROOT / path).read_text())
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(n.name for n in ast.walk(tree) if isinstance(n, functions))


def cases(heading: str) -> dict[str, list[tuple[str, str]]]:
    """Return each case under a heading, and the tests that it names."""
    _, _, told = PAGES["failures"].partition(f"\n## {heading}\n")
    parts = told.partition("\n## ")[0].split("\n### ")[1:]
    return {
        part.partition("\n")[0]: re.findall(
            r"^- `(tests/[\w/]+\.py)::(\w+)`$", part, re.MULTILINE
        )
        for part in parts
    }


KNOWN = cases("Every known failure")
EXCEPTIONS = cases("A lying partner and an old copy together")


def test_every_failure_has_its_case() -> None:
    """Sixteen that other people's logs have met, and those of this one."""
    assert len(KNOWN) >= 16
    assert len(KNOWN) + len(EXCEPTIONS) == PAGES["failures"].count("\n### ")
    listed = sum(map(len, (*KNOWN.values(), *EXCEPTIONS.values())))
    assert listed == PAGES["failures"].count("`tests/")


@pytest.mark.parametrize(("case", "named"), KNOWN.items(), ids=KNOWN)
def test_every_named_test_is_there(case: str, named: list[tuple[str, str]]) -> None:
    assert named, case
    for path, name in named:
        assert name.startswith("test_")
        assert name in named_in(path), (case, path, name)


def test_every_exception_is_one_that_the_model_shows() -> None:
    path = "tests/model/test_exceptions.py"
    named = {test for tests in EXCEPTIONS.values() for test in tests}

    assert all(EXCEPTIONS.values())
    assert len(named) >= 8
    assert named <= {(path, name) for name in named_in(path)}


def test_what_status_says_of_a_witness_stands_in_the_table() -> None:
    for said in REASONS.values():
        assert f"last: {said}`" in PAGES["daily"], said


def test_every_alarm_is_one_of_our_reasons_and_has_a_cure() -> None:
    found = re.findall(
        r"^\| ([A-Z_, ]+) \| .+? \| (.+?) \|$", PAGES["alarms"], re.MULTILINE
    )
    reasons = [reason for some, _ in found for reason in some.split(", ")]

    assert reasons
    assert set(reasons) <= set(Reason.__members__)
    assert {"FORK", "MISSING"} | EVIDENCE <= set(reasons)
    assert all(cure for _, cure in found)


ALARMING = {"Alarm", "ClockAlarm", "doubted", "set_alarm", "set_node_fault"}
"""What is called with the word of an alarm, at a node and at a desk."""
ALARM_WORDS = {"EVIDENCE", "LATE", "STORAGE", "TEXT_FAULTS"}
"""Sets of such words."""


def alarm_words() -> set[str]:
    """Return each word that the program raises an alarm with."""
    found: set[str] = set()
    for path in (ROOT / "exchange").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                named = {getattr(node.func, "attr", getattr(node.func, "id", ""))}
                if named & ALARMING:
                    found |= reasons_in(node)
            elif isinstance(node, ast.Assign):
                named = {getattr(target, "id", "") for target in node.targets}
                if named & ALARM_WORDS:
                    found |= reasons_in(node)
    return found


def reasons_in(node: ast.AST) -> set[str]:
    return {
        one.attr
        for one in ast.walk(node)
        if isinstance(one, ast.Attribute) and getattr(one.value, "id", "") == "Reason"
    }


def test_every_alarm_has_a_row() -> None:
    table = re.findall(r"^\| .+", PAGES["alarms"], re.MULTILINE)
    words = alarm_words()

    assert len(words) > 15
    assert words - set(re.findall(r"\b[A-Z_]{4,}\b", "\n".join(table))) == set()


def test_the_calendar_tells_the_lives_that_are_given() -> None:
    _, _, told = PAGES["keys"].partition("## Calendar")
    rows = re.findall(
        r"^\| (.+?) \| (?:at most )?([\d,]+) days",
        told.partition("\n## ")[0],
        re.MULTILINE,
    )

    assert {what: int(days.replace(",", "")) for what, days in rows} == {
        "sealing key of a desk": SEALING_KEY_LIFE // DAY,
        "certificate of an auditor": tls.AUDITOR_DAYS,
        "key of a desk that only reads": READER_KEY_LIFE // DAY,
        "officer's key, author or releaser": OFFICER_KEY_LIFE // DAY,
        "certificate of a node or desk": tls.NODE_DAYS,
        "issuer's key": ISSUER_KEY_LIFE // DAY,
        "TLS authority of a nation": tls.CA_DAYS,
        "any key that is stated": KEY_LIFE_MAX // DAY,
        "a bulletin": EXPIRES_AFTER // DAY,
        "its sealed text at nodes": RETENTION // DAY,
    }
    assert f"at the latest {LACKING_KEPT // DAY} days after" in told


def test_the_default_retention_is_as_it_says() -> None:
    assert f"of its log: {RETENTION // DAY} days, unless" in " ".join(
        PAGES["retention"].split()
    )


ROW = re.compile(
    r"^\| ([^|]+) \| ([0-9,; ]+) \| ((?:`[A-Z_]+`(?:, )?)+) \|$", re.MULTILINE
)


def test_the_budgets_are_those_of_the_limits() -> None:
    table = PAGES["network"].split("## Budgets")[1].split("\n## ")[0]
    rows = ROW.findall(table)
    assert len(rows) == table.count("\n| ") - 1  # and the heading
    for what, numbers, names in rows:
        unit = limits.SECOND if what.endswith(", s") else 1
        told = [int(number.replace(",", "")) for number in numbers.split("; ")]
        found = [getattr(limits, name) for name in re.findall(r"[A-Z_]+", names)]
        assert [number * unit for number in told] == found, what
    lines = re.search(r"of each caller (\d+) lines at\s+once and (\d+) a second", table)
    assert lines is not None
    assert [*map(int, lines.groups())] == [limits.LINES_BURST, limits.LINES_RATE]


@pytest.mark.parametrize(
    ("heading", "kind"),
    [("node/config.toml", NodeConfig), ("desk/config.toml", DeskConfig)],
)
def test_the_settings_are_those_of_the_program(
    heading: str, kind: type[NodeConfig | DeskConfig]
) -> None:
    _, _, told = PAGES["settings"].partition(f"\n## {heading}\n")
    rows = re.findall(
        r"^\| `\[?(\w+)\]?` \| ([^|]+) \|", told.partition("\n## ")[0], re.MULTILINE
    )
    fields = {field.name: field for field in msgspec.structs.fields(kind)}

    assert [name for name, _ in rows if name not in fields] == []
    assert fields.keys() == {name for name, _ in rows}
    for name, default in rows:
        assert (default == "required") == fields[name].required, name
        if number := re.match(r"\d+", default):
            assert int(number[0]) == fields[name].default, name


LINE_MAX, WORDS_MAX = 160, 3_000


@pytest.mark.parametrize(
    "page", [*FOLDER.glob("*.md"), *BESIDE_THEM], ids=lambda p: p.stem
)
def test_a_page_is_short_and_its_tables_are_narrow(page: Path) -> None:
    text = page.read_text()

    assert len(text.split()) <= WORDS_MAX
    wide = [line for line in text.splitlines() if line.startswith("|")]
    assert [line for line in wide if len(line) > LINE_MAX] == []
