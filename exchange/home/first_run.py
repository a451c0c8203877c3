"""The first run of a home: from nothing to an officer's list, step by step.

The files on disk show the progress, so an interrupted run continues there. All parts
are made in a temporary folder, then moved into place; a crash leaves none half made.
`next_step` decides without I/O; docs/decisions/first_run.md.
"""

import json
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct
from msgspec.structs import asdict, replace

from exchange import config
from exchange.atomic_file import atomic, typed_path
from exchange.config import DeskHome, NodeHome
from exchange.config.homes import MADE, MAKING, NOTES, PARTS
from exchange.desk.home_records import (
    JOIN,
    NEW,
    FirstRunStep,
    Pairing,
    SeenBundle,
    SetupState,
)
from exchange.errors import Reason, Refusal, Why
from exchange.home import LISTEN, OFFICER, enrolment, plan
from exchange.home.new_parts import NewOfficer
from exchange.home.pairing import HomePairing, write_new
from exchange.home.plan import Plan
from exchange.home.trust_files import read_request
from exchange.input_file import read_file
from exchange.limits import SECOND, SETUP_NOTES_MAX
from exchange.trust import wire
from exchange.trust.bundle import check_address
from exchange.trust.safety_number import nation_number, request_number
from exchange.words import LANGUAGES, say, word
from keys import files

ANSWERS = 1 * SECOND  # ms for a node's socket to accept a call
_UNREADABLE = word("first-run.json cannot be read; make your choices again")


class Notes(Struct, frozen=True):
    """An officer's choices so far; `paired`, `served`: he passed that step."""

    language: str = ""
    sort: str = ""
    node: str = ""
    desk: str = ""
    officer: str = OFFICER
    listen: str = LISTEN
    paired: bool = False
    served: bool = False


class HomeParts(Struct, frozen=True):
    notes: Notes
    desk: bool = False
    enrolled: bool = False
    node: bool = False


def next_step(found: HomeParts) -> FirstRunStep:
    """Return the current step; pure.

    Existing keys take precedence over notes: they are never made again.
    """
    notes = found.notes
    if not notes.language:
        return FirstRunStep.LANGUAGE
    if not found.desk:
        if notes.sort not in (NEW, JOIN):
            return FirstRunStep.SORT
        return FirstRunStep.MAKE if notes.desk else FirstRunStep.NAMES
    if not found.enrolled:
        return FirstRunStep.ANSWER
    if not notes.paired:
        return FirstRunStep.PARTNER
    return FirstRunStep.DONE if notes.served else FirstRunStep.NODE


class FirstRun:
    """A `desk.home_records.Setup` over a folder; `now` gives the time in ms UTC."""

    def __init__(self, home: Path, now: Callable[[], int]) -> None:
        self._home, self._now = home.expanduser(), now

    @property
    def pairing(self) -> Pairing:
        return HomePairing(self._home)

    @property
    def _notes_file(self) -> Path:
        return self._home / NOTES

    def look(self) -> SetupState:
        """Finish moves that a crash interrupted."""
        self._finish_moves()
        notes, fault = _read_notes(self._notes_file)
        step = next_step(self._found(notes))
        if step is FirstRunStep.DONE:
            self._notes_file.unlink(missing_ok=True)
        names = notes.node, notes.desk, notes.officer, notes.listen
        return SetupState(
            step, str(self._home), notes.sort, notes.language, *names, fault
        )

    def _found(self, notes: Notes) -> HomeParts:
        desk = DeskHome(self._home / "desk")
        return HomeParts(
            notes,
            desk.folder.is_dir(),
            desk.tls_cert.is_file() and any(desk.trust.glob("*")),
            (self._home / "node").is_dir(),
        )

    def _note(self, **changes: object) -> None:
        config.private_folder(self._home)
        notes, _ = _read_notes(self._notes_file)
        changed = replace(notes, **changes)
        with atomic(self._notes_file) as file:
            file.write(json.dumps(asdict(changed)).encode())

    def choose_language(self, tag: str) -> None:
        if tag not in LANGUAGES:
            raise Refusal(Reason.LANGUAGE, tag)
        self._note(language=tag)

    def choose_sort(self, sort: str) -> None:
        if sort not in (NEW, JOIN, ""):
            raise Refusal(Reason.FIELD_VALUE, sort)
        self._note(sort=sort, node="", desk="")

    def name_parts(self, node: str, desk: str, officer: str, listen: str) -> None:
        notes, _ = _read_notes(self._notes_file)
        named = replace(
            notes,
            node=node.strip() if notes.sort == NEW else "",
            desk=desk.strip(),
            officer=officer.strip() or OFFICER,
            listen=listen.strip() or LISTEN,
        )
        if not named.desk:
            raise Refusal(Reason.FIELD_MISSING, "--desk")
        check_address(named.listen, "--address")
        _plan_of(named)
        self._note(**asdict(named))

    def make(self, passphrase: str) -> None:
        """Make every part in a temporary folder, then move all into place.

        1. Parts left by an interrupted run are deleted: their keys were never used.
        2. The parts are made with their keys, and enrolled if the nation is here; the
           desk uses the chosen language.
        3. From here on they are final: the next look finishes the moves.
        """
        if not passphrase:
            raise Refusal(Reason.INPUT, say("passphrase"), Why("empty; give one"))
        notes, _ = _read_notes(self._notes_file)
        wanted = _plan_of(notes)
        plan.check_free(self._home, wanted)
        # 1
        making = self._home / MAKING
        shutil.rmtree(making, ignore_errors=True)
        # 2
        plan.make(making, wanted, passphrase, self._now())
        settings = config.write_settings(
            name=wanted.desk,
            officer=NewOfficer.parse(notes.officer).name,
            language=notes.language,
            address="" if wanted.node else notes.listen,
        )
        files.replace(DeskHome(making / "desk").config, settings)
        # 3
        making.rename(self._home / MADE)
        self._finish_moves()

    def _finish_moves(self) -> None:
        made = self._home / MADE
        if not made.is_dir():
            return
        for part in PARTS:
            if (made / part).is_dir():
                (made / part).rename(self._home / part)
        shutil.rmtree(made)

    def request_number(self) -> str:
        return request_number(self._request())

    def write_request(self, path: str) -> None:
        write_new(path, self._request())

    def _request(self) -> bytes:
        return wire.encode(read_request(DeskHome(self._home / "desk")))

    def read_answer(self, path: str) -> SeenBundle:
        data = read_file(typed_path(path))
        _, answered = enrolment.read_answer_here(self._home, data, path, self._now())
        bundle = answered.bundle
        return SeenBundle(bundle.domain, bundle.serial, nation_number(bundle), data)

    def take_answer(self, seen: SeenBundle) -> None:
        now = self._now()
        part, answered = enrolment.read_answer_here(
            self._home, seen.data, seen.domain, now
        )
        enrolment.install(self._home, part, answered, now)

    def go_on(self) -> None:
        """Go on past pairing, or past the node."""
        notes, _ = _read_notes(self._notes_file)
        if notes.paired:
            self._note(served=True)
        else:
            self._note(paired=True)

    def serve_command(self) -> str:
        """Return "" without a node."""
        here = (self._home / "node").is_dir()
        return f"fusion serve --home {self._home}" if here else ""

    def node_answers(self) -> bool:
        node = NodeHome(self._home / "node")
        with socket.socket(socket.AF_UNIX) as caller:
            caller.settimeout(ANSWERS / SECOND)
            try:
                caller.connect(str(node.socket))
            except OSError:
                return False
        return True


def _plan_of(notes: Notes) -> Plan:
    officers = (notes.officer,)
    if notes.sort == NEW:
        nation = notes.node.rpartition(".")[2]
        given = Plan(nation, notes.node, notes.desk, officers, notes.listen)
    else:
        given = Plan(desk=notes.desk, officers=officers)
    return plan.check_plan(given)


def _read_notes(path: Path) -> tuple[Notes, str]:
    """Return one line saying why they are unreadable, or ""."""
    if not path.exists():
        return Notes(), ""
    try:
        said = json.loads(read_file(path, SETUP_NOTES_MAX))
        notes = Notes(**said)
        right = all(
            type(value) is type(getattr(Notes(), name))
            for name, value in asdict(notes).items()
        )
    except (Refusal, ValueError, TypeError, RecursionError):
        return Notes(), say(_UNREADABLE)
    if not right or notes.language not in (*LANGUAGES, ""):
        return Notes(), say(_UNREADABLE)
    return notes, ""
