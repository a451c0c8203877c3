"""Hand one text to the officer's own editor, in a file of his alone, and erase it.

Meanwhile the text is outside the encrypted mailbox. So it is off unless the desk's
settings allow it, and the officer confirms each time. The file is in memory if the
machine has a file system for that.
"""

import os
import shlex
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from time import sleep
from typing import NamedTuple

from textual.message import Message

from exchange.clock import elapsed_ms
from exchange.errors import FusionError, Reason
from exchange.limits import SECOND, SEGMENT_MAX
from exchange.words import word
from tui.desk import Desk

EDITOR = "editor"  # the desk's setting that allows it
IN_MEMORY = ("/dev/shm", "/run/shm")  # noqa: S108 - a folder of our own is made there
PREFIX = "fusion-text-"
NAME = "bulletin.txt"
MARK = "FUSION_TEXT"  # in the environment of every program started for a text
LOOK = 0.2  # s between looks at the program
LOOK_AGAIN = 0.05  # s between checks that it is gone
END_WITHIN = 3.0  # s that it has to end by itself, once asked to
BYTES_MAX = 4 * SEGMENT_MAX + 4  # of UTF-8, with an end of line
TOO_LONG = word("Text not replaced: it is longer than a paragraph may be.")
NO_TEXT = word("Text not replaced: the editor's file is gone or is not UTF-8 text.")
FAILED = word("Text not replaced: the editor ended with an error.")
SAVED = word("The editor ended with an error; its saved text is here.")
NOT_STARTED = word("The editor did not start; look at EDITOR.")
NOT_ERASED = word("Erase it by hand: the editor's file is still in {folder}")


class Edited(NamedTuple):
    """The outcome of an editor: the new text or None, and a sentence to show.

    `idle`: the editor was ended because it was unused.
    """

    text: str | None
    said: str = ""
    folder: str = ""
    idle: bool = False


Use = Callable[[int, Callable[[], bool]], Edited]
"""Uses the terminal: it must end after so many ms in which nobody was there (0: never),
and once the second says that the application is to end."""


class Lend(Message):
    """A screen wants the terminal lent while `use` runs, and `then` called."""

    def __init__(self, use: Use, then: Callable[[Edited], None]) -> None:
        super().__init__()
        self.use, self.then = use, then


def is_allowed(desk: Desk) -> bool:
    return desk.setting(EDITOR) == "on"


def command(environ: Mapping[str, str]) -> list[str]:
    """Return the words of a command; [] if none is set."""
    said = environ.get("VISUAL") or environ.get("EDITOR") or ""
    try:
        return shlex.split(said)
    except ValueError:  # an unclosed quote
        return []


def room() -> Path:
    """Return a folder in memory, if possible."""
    for one in map(Path, IN_MEMORY):
        if one.is_dir() and os.access(one, os.W_OK | os.X_OK):
            return one
    return Path(tempfile.gettempdir())


def in_memory(folder: Path) -> bool:
    """Whether a folder's files are on no disk (except swap, if there is any)."""
    return str(folder) in IN_MEMORY


def edit(
    text: str,
    words: Sequence[str],
    within: Path,
    idle_after: int,
    over: Callable[[], bool],
) -> Edited:
    """Edit a text in a file `within` a folder.

    The program is ended if nothing was saved for `idle_after` ms (0: never), or when
    `over` says so; its saves until then are used. The file is always erased. Raises
    FusionError(DISK) if the file cannot be written.
    """
    sweep(within)
    try:
        folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=within))
    except OSError as error:
        raise FusionError(Reason.DISK, str(within)) from error
    try:
        with _keys_left_to_it():
            made = _edit_in(folder, text, words, idle_after, over)
    finally:
        erased = erase(folder)
    if erased:
        return made
    return made._replace(said=NOT_ERASED, folder=str(folder))


@contextmanager
def _keys_left_to_it() -> Iterator[None]:
    """Leave the keys that end a program to the editor, which uses them otherwise.

    A terminal sends those signals to every program started in it: this one would end,
    and erase the file under the editor. They are caught, not ignored: the editor would
    inherit an ignored signal.
    """
    numbers = (signal.SIGINT, signal.SIGQUIT)
    before = {number: signal.signal(number, _nothing) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _nothing(*_: object) -> None:
    """Catch a signal."""


def _edit_in(
    folder: Path,
    text: str,
    words: Sequence[str],
    idle_after: int,
    over: Callable[[], bool],
) -> Edited:
    file = folder / NAME
    try:
        number = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(number, "w", encoding="utf-8") as out:
            out.write(f"{text}\n")
    except OSError as error:
        raise FusionError(Reason.DISK, str(folder)) from error
    try:
        environment = os.environ | {MARK: str(folder)}
        process = subprocess.Popen(  # noqa: S603 - the officer's own
            [*words, str(file)], cwd=folder, env=environment
        )
    except OSError:
        return Edited(None, NOT_STARTED)
    idle = _wait(process, folder, idle_after, over)
    made = _read(file)
    if process.returncode and not idle:
        nothing = made.text in {None, text}
        return Edited(None, FAILED) if nothing else made._replace(said=SAVED)
    return made._replace(idle=idle)


def _wait(
    process: "subprocess.Popen[bytes]",
    folder: Path,
    idle_after: int,
    over: Callable[[], bool],
) -> bool:
    seen, since = _stamps(folder), elapsed_ms()
    while True:
        with suppress(subprocess.TimeoutExpired):
            process.wait(LOOK)
            return False
        if (now := _stamps(folder)) != seen:
            seen, since = now, elapsed_ms()
        if over() or (idle_after and elapsed_ms() - since >= idle_after):
            _end(process, folder)
            return True


def _end(process: "subprocess.Popen[bytes]", folder: Path) -> None:
    """End the program and all its children: a script may have run the editor."""
    started = _started(folder)
    process.terminate()
    _signal(started, signal.SIGTERM)
    try:
        process.wait(END_WITHIN)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    until = elapsed_ms() + END_WITHIN * SECOND
    while left := _started(folder):
        if elapsed_ms() >= until:
            _signal(left, signal.SIGKILL)
        sleep(LOOK_AGAIN)


def _started(folder: Path) -> set[int]:
    """Return this user's processes that were started for a text in the folder.

    They inherited a mark in their environment; empty if the system does not show it.
    """
    mark, found = f"{MARK}={folder}".encode(), set[int]()
    for path in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it ended, or belongs to another user
            if mark in (path / "environ").read_bytes().split(b"\0"):
                found.add(int(path.name))
    return found


def _signal(numbers: Iterable[int], what: signal.Signals) -> None:
    for number in numbers:
        with suppress(ProcessLookupError):
            os.kill(number, what)


def _stamps(folder: Path) -> frozenset[tuple[str, int]]:
    """Return a stamp of each file in the folder, which changes when an editor saves."""
    found = set()
    for path in folder.iterdir():
        with suppress(OSError):  # deleted meanwhile
            found.add((path.name, path.lstat().st_mtime_ns))
    return frozenset(found)


def _read(file: Path) -> Edited:
    try:
        with file.open("rb") as source:
            data = source.read(BYTES_MAX + 1)
        text = data.decode("utf-8").removesuffix("\n").removesuffix("\r")
    except (OSError, UnicodeDecodeError):
        return Edited(None, NO_TEXT)
    if len(data) > BYTES_MAX or len(text) > SEGMENT_MAX:
        return Edited(None, TOO_LONG)
    return Edited(text)


def erase(folder: Path) -> bool:
    """Overwrite and remove a folder and its files; say whether it is gone."""
    for path in folder.rglob("*"):
        with suppress(OSError):
            if path.is_file() and not path.is_symlink():
                with path.open("r+b") as file:
                    file.write(bytes(path.stat().st_size))
                    file.flush()
                    os.fsync(file.fileno())
    shutil.rmtree(folder, ignore_errors=True)
    return not folder.exists()


def sweep(within: Path) -> None:
    """Erase leftovers of this user, killed while an editor ran."""
    for folder in within.glob(f"{PREFIX}*-*"):
        number = folder.name.removeprefix(PREFIX).partition("-")[0]
        with suppress(OSError):
            own = folder.lstat().st_uid == os.getuid() and not folder.is_symlink()
            if own and number.isdecimal() and not Path(f"/proc/{number}").exists():
                erase(folder)
