"""Options shared by several commands."""

import getpass
import json
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from exchange.cli.lazy import lazy_imports
from exchange.errors import Reason, Refusal, Why, unreadable
from exchange.input_file import read_file
from exchange.limits import NEW_PASSPHRASE_MIN, PASSPHRASE_MAX, SECOND
from exchange.words import say, word

with lazy_imports():
    from exchange import config
    from exchange.bulletin import json_reader
    from exchange.bulletin.json_reader import read_json
    from keys.token import TokenSigner

HOME_DEFAULT = Path("~/.fusion")
CHECK_FAILED = 1  # the exit code if a check finds a fault


def option(
    name: str,
    text: str,
    value: str | None = None,
    **more: Any,  # noqa: ANN401 - as Typer takes them
) -> Any:  # noqa: ANN401 - of Typer's own type
    return typer.Option(name, help=text, metavar=value, **more)


def argument(value: str, text: str, **more: Any) -> Any:  # noqa: ANN401 - as above
    return typer.Argument(metavar=value, help=text, **more)


Home = Annotated[Path, option("--home", "Folder with nation, node and desk.", "DIR")]
Name = Annotated[
    str,
    argument(
        "NAME",
        "A bulletin: its place in a log (islamabad.pk#412), or 8 or"
        " more hex digits of its name.",
    ),
]
File = Annotated[str, argument("[FILE|-]", "JSON as in the samples; - for stdin.")]
Out = Annotated[
    Path | None, option("--out", "Write to FILE instead of stdout.", "FILE")
]
Out0600 = Annotated[Path, option("--out", "The file to write (mode 0600).", "FILE")]
OutFolder = Annotated[
    Path | None,
    option("--out", "Folder for the files of nodes on other machines.", "DIR"),
]
Force = Annotated[bool, option("--force", "Replace FILE if it exists.")]
Json = Annotated[bool, option("--json", "Print one JSON object.")]
PassphraseFd = Annotated[
    int | None,
    option(
        "--passphrase-fd",
        "Read the passphrase from this file descriptor instead of asking.",
        "N",
    ),
]
Token = Annotated[
    str,
    option(
        "--token",
        "Make the key on a PKCS#11 token: pkcs11:token=T;object=O?module-path=M",
        "URI",
    ),
]
Yes = Annotated[bool, option("--yes", "Confirm without asking.")]


def now() -> int:
    return time.time_ns() // 1_000_000


def moment(text: str, option: str) -> int:
    """Return ms UTC; raise Refusal(INPUT)."""
    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        why = Why("not understood; write it as {example}", example="2027-01-15T08:00Z")
        raise Refusal(Reason.INPUT, option, why) from None
    if given.tzinfo is None:
        given = given.replace(tzinfo=UTC)
    return int(given.timestamp() * SECOND)


def passphrase(fd: int | None, of: str, *, new: bool = False) -> str:
    """Return the next line of descriptor `fd`, or ask.

    `of` names its owner. A new one is typed twice, and has at least NEW_PASSPHRASE_MIN
    characters. Raise Refusal(INPUT).
    """
    given = _ask(of, new=new) if fd is None else _read_line(fd)
    if not given:
        raise Refusal(Reason.INPUT, say("passphrase"), Why("empty; give one"))
    return given


def pin(fd: int | None) -> str:
    """Return the next line of `fd`, or ask; raise Refusal(INPUT)."""
    given = _ask_hidden(say("PIN of the token:")) if fd is None else _read_line(fd)
    if not given:
        raise Refusal(Reason.INPUT, say("PIN"), Why("empty; give one"))
    return given


def key_on_token(uri: str, fd: int | None) -> "TokenSigner":
    """Make it on the token if there is none; ask for the PIN.

    Raise Refusal: FIELD_VALUE for an invalid URI, TOKEN.
    """
    return config.make_token_key(uri, "--token", pin(fd))


def emit(value: object) -> None:
    print(encode_json(value))


def encode_json(value: object) -> str:
    """Return one line, safe for a terminal.

    What controls a terminal, or reorders or hides text, is escaped: the object is the
    same.
    """
    text = json.dumps(value, ensure_ascii=False)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else _escaped(c) for c in text)


def _escaped(character: str) -> str:
    return json.dumps(character)[1:-1]


def read_object(file: str) -> dict[str, object]:
    """Read stdin for -; Refusal names the fault."""
    if file == "-":
        return read_json(sys.stdin.buffer.read(json_reader.INPUT_MAX + 1))
    return read_json(read_file(Path(file), json_reader.INPUT_MAX), file)


def check_free(out: Path, *, force: bool) -> None:
    """Raise HOME_EXISTS unless forced; INPUT for a folder."""
    if out.is_dir():
        raise unreadable(IsADirectoryError(), str(out))
    if out.exists() and not force:
        why = Why("already exists; --force replaces it")
        raise Refusal(Reason.HOME_EXISTS, str(out), why)


def write_bytes(data: bytes) -> None:
    """Raise Refusal(INPUT) at a terminal."""
    if sys.stdout.isatty():
        raise Refusal(Reason.INPUT, "", Why("the output is binary; use --out FILE"))
    sys.stdout.buffer.write(data)


def confirm(question: str, *, yes: bool) -> None:
    """Raise Refusal(INPUT) unless the user types yes.

    The word is `yes` in every language: nobody has to switch keyboards.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        why = Why(
            "there is no terminal to confirm this at; if you are sure, give --yes"
        )
        raise Refusal(Reason.INPUT, "", why)
    print(question, end=" ", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip() != "yes":
        raise Refusal(Reason.INPUT, "", Why("cancelled; no changes made"))


def _ask_hidden(asked: str) -> str:
    if not has_terminal():
        why = Why("no terminal to ask at; use --passphrase-fd")
        raise Refusal(Reason.INPUT, say("passphrase"), why)
    return getpass.getpass(f"{asked} ")


def _ask(of: str, *, new: bool) -> str:
    text = word("New passphrase of {owner}:") if new else word("Passphrase of {owner}:")
    asked = say(text, owner=of)
    given = _ask_hidden(asked)
    if new and 0 < len(given) < NEW_PASSPHRASE_MIN:
        short = Why(
            "too short; {n} characters at least, best several words",
            n=NEW_PASSPHRASE_MIN,
        )
        raise Refusal(Reason.INPUT, say("passphrase"), short)
    if new and getpass.getpass(f"{say('Again:')} ") != given:
        raise Refusal(Reason.INPUT, "", Why("the two passphrases differ"))
    return given


def has_terminal() -> bool:
    """Return whether getpass can ask; stdin may be a pipe with a bulletin."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True


def _read_line(fd: int) -> str:
    try:
        # Read no byte after the line: another passphrase may follow.
        with os.fdopen(fd, "rb", buffering=0, closefd=False) as file:
            line = file.readline(PASSPHRASE_MAX + 1)
        given = line.removesuffix(b"\n").removesuffix(b"\r").decode()
    except (OSError, UnicodeDecodeError):
        why = Why("cannot be read; give the number of an open descriptor")
        raise Refusal(Reason.INPUT, "--passphrase-fd", why) from None
    if len(line) > PASSPHRASE_MAX:
        raise Refusal(Reason.TOO_LONG, say("passphrase"))
    return given


def at_terminal() -> bool:
    return all(map(os.isatty, (0, 1, 2)))
