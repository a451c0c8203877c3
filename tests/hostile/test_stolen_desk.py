"""W7 to W9, W11, W13, W14: an officer's files and screen in other hands."""

import json
import os
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from exchange import config
from exchange.desk.client import Desk
from exchange.errors import TEXTS, Reason
from keys import keystore
from keys.v1.keystore_pb2 import KeystoreHeader
from tests.cli import conftest as cli_fixtures
from tests.cli.conftest import PASSPHRASE, Fusion
from tests.cli.desk import conftest as desk_fixtures
from tests.cli.desk.conftest import SERVE, Pair, bulletin
from tests.cli.desk.officers_terminal import terminal
from tests.cli.desk.test_tui import (
    LEAVE,
    SAID,
    begin_a_warning,
    left,
    plain,
    subject,
    type_subject,
)
from tests.expecting import refusing
from tests.tui.widgets.test_text_editor import editing
from tui.text.safe_text import hidden
from tui.widgets.text_editor import Edit

cheap, fusion, home, homes, made, pair, stopped = (
    cli_fixtures.cheap,
    cli_fixtures.fusion,
    cli_fixtures.home,
    cli_fixtures.homes,
    cli_fixtures.made,
    desk_fixtures.pair,
    desk_fixtures.stopped,
)


def key_file(home: Path, officer: str = "duty-1") -> Path:
    return config.desk_home(home).officer_key(officer)


def refused(home: Path, passphrase: str = PASSPHRASE, officer: str = "duty-1") -> str:
    """Open the desk of a home, which is refused; return the words of the refusal."""
    with refusing(Reason.KEYSTORE) as error, Desk.open(home, officer, passphrase):
        pass
    return str(error.value)


def parts(data: bytes) -> tuple[KeystoreHeader, bytes]:
    (size,) = struct.unpack_from(">I", data, 4)
    return KeystoreHeader.FromString(data[8 : 8 + size]), data[8 + size :]


def with_header(data: bytes, **fields: object) -> bytes:
    """Return a key file with fields of its clear header changed."""
    header, sealed = parts(data)
    for name, value in fields.items():
        setattr(header, name, value)
    clear = header.SerializeToString(deterministic=True)
    return data[:4] + struct.pack(">I", len(clear)) + clear + sealed


EDITS: dict[str, Callable[[bytes], bytes]] = {
    "lower memory": lambda data: with_header(data, memory=64 * 1024 - 1),
    "least memory": lambda data: with_header(data, memory=8),
    "other passes": lambda data: with_header(data, passes=4),
    "other lanes": lambda data: with_header(data, lanes=2),
    "other salt": lambda data: with_header(data, salt=bytes(16)),
    "other role": lambda data: with_header(data, role="root"),
    "other kid": lambda data: with_header(data, kid=bytes(32)),
    "other version": lambda data: with_header(data, version=3),
    "bit of the magic": lambda data: bytes([data[0] ^ 1]) + data[1:],
    "bit of the salt": lambda data: data[:20] + bytes([data[20] ^ 1]) + data[21:],
    "bit of the commitment": lambda data: flipped(data, -80),
    "bit at the end": lambda data: flipped(data, -1),
    "cut by a byte": lambda data: data[:-1],
    "cut in the header": lambda data: data[:30],
    "a byte more": lambda data: data + b"\0",
    "empty": lambda _: b"",
}


def flipped(data: bytes, place: int) -> bytes:
    made = bytearray(data)
    made[place] ^= 1
    return bytes(made)


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_w7_an_edited_key_file(home: Path, edit: Callable[[bytes], bytes]) -> None:
    """One message, which is that of a wrong passphrase; the file stays as it is."""
    path = key_file(home)
    said = refused(home, "not the passphrase")
    assert said
    spoilt = edit(path.read_bytes())
    path.write_bytes(spoilt)
    assert refused(home) == said
    assert path.read_bytes() == spoilt


def test_w7_key_files_in_each_others_place(home: Path) -> None:
    """Of another officer, under another passphrase, or with another's seeds."""
    path, other = key_file(home), key_file(home, "chief")
    first, second = path.read_bytes(), other.read_bytes()
    said = refused(home, "not the passphrase")
    for mixed in (
        first[: len(first) - len(parts(first)[1])] + parts(second)[1],
        second[: len(second) - len(parts(second)[1])] + parts(first)[1],
    ):
        path.write_bytes(mixed)
        assert refused(home) == said
    path.write_bytes(first)
    Desk.open(home, "", PASSPHRASE).close()


@pytest.mark.parametrize(
    "cost",
    [
        {"memory": 64 * 1024 * 1024},
        {"memory": 2**32 - 1},
        {"passes": 10**9},
        {"lanes": 2**24 - 1},
    ],
    ids=["64 GiB", "4 TiB", "a billion passes", "16 million lanes"],
)
def test_w8_a_key_file_that_asks_for_too_much(
    home: Path, monkeypatch: pytest.MonkeyPatch, cost: dict[str, int]
) -> None:
    """Refused in the same words, and nothing is derived."""
    path, said = key_file(home), refused(home, "not the passphrase")

    def derive(*_: object) -> bytes:
        pytest.fail("derived")

    monkeypatch.setattr(keystore, "_derive", derive)
    path.write_bytes(with_header(path.read_bytes(), **cost))
    assert refused(home) == said


def test_w9_twenty_wrong_passphrases(
    home: Path, fusion: Fusion, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line each, each for the whole cost of Argon2id; nothing else is learned."""
    derived: list[str] = []
    derive = keystore._derive

    def count(passphrase: str, header: KeystoreHeader) -> bytes:
        derived.append(passphrase)
        return derive(passphrase, header)

    monkeypatch.setattr(keystore, "_derive", count)
    before = key_file(home).read_bytes()
    said = set()
    near = [PASSPHRASE[:n] for n in range(1, 11)]
    near += [PASSPHRASE + "x" * n for n in range(1, 11)]
    for words in near:
        found = fusion("list", "--home", home, words=words)
        assert (found.code, found.out) != (0, "")
        said.add((found.code, found.out, found.err))
    ((_, out, err),) = said
    assert out == ""
    assert TEXTS[Reason.KEYSTORE] in err
    assert err.count("\n") == 1
    assert derived == near
    assert key_file(home).read_bytes() == before


CANARY = "kestrelcanary"


def files_with(canary: str, *folders: Path) -> list[Path]:
    """Return the files below these folders that hold a word in any encoding."""
    forms = [canary.encode(code) for code in ("utf-8", "utf-16-le", "utf-32-le")]
    return [
        path
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink()
        if any(form in path.read_bytes().lower() for form in forms)
    ]


def fusion_apart(folder: Path, *arguments: object, words: str = "") -> str:
    """Run a command in a process of its own, whose every folder is below `folder`."""
    reader, writer = os.pipe()
    os.write(writer, f"{PASSPHRASE}\n".encode())
    os.close(writer)
    places = {name: str(folder / name) for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME")}
    for place in places.values():
        Path(place).mkdir(exist_ok=True)
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            SERVE,
            *map(str, arguments),
            "--passphrase-fd",
            str(reader),
        ],
        pass_fds=[reader],
        env=os.environ | places,
        cwd=folder,
        input=words,
        capture_output=True,
        text=True,
        check=True,
    )
    os.close(reader)
    return done.stdout


def test_w11_what_was_read_is_nowhere_on_the_disk(pair: Pair, tmp_path: Path) -> None:
    """Sent by one desk, read by the other, in the command line and the terminal."""
    folder = tmp_path / "around"
    folder.mkdir()
    said = bulletin(
        subject={"id": "s0", "lang": "en", "text": f"Seen: {CANARY}"},
        segments=[{"id": "s1", "lang": "en", "text": f"The {CANARY} by the bridge."}],
        translations=[],
    )
    send = ("send", "-", "--home", pair.pk)
    fusion_apart(folder, *send, words=json.dumps(said))
    until = time.monotonic() + 60
    while CANARY not in fusion_apart(folder, "list", "--home", pair.cn):
        assert time.monotonic() < until
    assert CANARY in fusion_apart(folder, "search", CANARY, "--home", pair.cn)
    with terminal(pair.cn) as screen:
        screen.until(CANARY)
        screen.type("\r")
        screen.until("by the bridge")
        screen.type("\x11")
        assert screen.ended() == 0
    assert not files_with(CANARY, folder, pair.pk, pair.cn)


def test_w11_no_core_dump_holds_a_secret() -> None:
    """The process that runs a command cannot be dumped, as the kernel sees it."""
    show = (
        "import resource, ctypes; from exchange.cli.program import keep_secrets_in;"
        "keep_secrets_in();"
        "print(resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3))"
    )
    done = subprocess.run(
        [sys.executable, "-c", show], capture_output=True, text=True, check=True
    )

    assert done.stdout.split() == ["(0,", "0)", "0"]


HIDDEN = {
    "override": "Convoy \u202egpj.exe",
    "isolate": "Convoy \u2066x\u2069",
    "zero width": "Con\u200bvoy",
    "joiner": "A\u200dB",
    "tag": "Convoy \U000e0041",
    "escape": "\x1b]52;c;AA\x07",
    "C1": "\x9b2J",
    "carriage return": "safe\rEVIL",
}


@pytest.mark.parametrize("pasted", HIDDEN.values(), ids=HIDDEN)
async def test_w14_what_is_pasted_into_a_text(pasted: str) -> None:
    """It does not get into the text, so it is in nothing that is signed."""
    edit = Edit(language="en")
    async with editing(edit):
        edit.insert(pasted)
        assert edit.text.isprintable()
        assert not hidden(edit.text)


@pytest.mark.parametrize("given", HIDDEN.values(), ids=HIDDEN)
def test_w14_what_comes_in_a_file(
    home: Path, fusion: Fusion, tmp_path: Path, given: str
) -> None:
    """It is refused before it is signed, by its field and its number."""
    for field in ("subject", "segments"):
        said = {"id": "s0", "lang": "en", "text": given}
        changes = {field: said if field == "subject" else [{**said, "id": "s1"}]}
        path = tmp_path / "bulletin.json"
        path.write_text(json.dumps(bulletin(**changes, translations=[])))
        found = fusion("send", path, "--home", home, words=PASSPHRASE)
        assert (found.code, found.out, found.reason) == (2, "", "FIELD_VALUE")
        assert field in found.err
        assert "U+" in found.err
        assert found.err.strip().isprintable()
    with Desk.open(home, "", PASSPHRASE) as desk:
        assert not desk.mailbox.database.count()
        assert not desk.mailbox.outbox.count_queued()


def in_memory(pid: int, secret: str) -> bool | None:
    """Whether a process holds a text, in any of Python's forms.

    None where nobody may look but root: the process forbids it (prctl(2)).
    """
    forms = [secret.encode(code) for code in ("utf-8", "utf-16-le", "utf-32-le")]
    try:
        maps = Path(f"/proc/{pid}/maps").read_text().splitlines()
    except PermissionError:
        return None
    with Path(f"/proc/{pid}/mem").open("rb", 0) as memory:
        for line in maps:
            place, rights, *rest = line.split()
            if "w" not in rights or rest[-1].startswith("[v"):
                continue
            start, end = (int(one, 16) for one in place.split("-"))
            memory.seek(start)
            with suppress(OSError):  # it went meanwhile
                held = memory.read(end - start)
                if any(form in held for form in forms):
                    return True
    return False


def test_w13_after_a_while_without_a_key_it_forgets_all_and_asks_again(
    stopped: Path,
) -> None:
    """The same process starts from nothing; what was typed is kept as a draft."""
    settings = config.desk_home(stopped).config
    settings.write_text(f"{settings.read_text()}lock_after = 0.4\n")
    with terminal(stopped) as at:
        begin_a_warning(at)
        type_subject(at, SAID)
        assert in_memory(at.process.pid, "canaryword") is not False, "it was there"
        at.until("Locked")
        at.until("Passphrase of duty-1:")
        assert at.process.poll() is None
        for secret in ("canaryword", PASSPHRASE):
            assert not in_memory(at.process.pid, secret), secret
        assert not [word for word in SAID.split() if word in at.text()]
        at.type(f"{PASSPHRASE}\r")
        at.until("compose")
        at.type(LEAVE)
        assert at.ended() == 0
    (draft,) = left(stopped)
    assert subject(draft) == SAID
    assert plain(stopped, SAID) == []


def test_w13_who_finds_it_locked_needs_the_passphrase(stopped: Path) -> None:
    settings = config.desk_home(stopped).config
    settings.write_text(f"{settings.read_text()}lock_after = 0.01\n")
    with terminal(stopped) as at:
        for times, tried in enumerate(("guess", "", "guess again"), 1):
            at.until("Passphrase of duty-1:", times=times)
            at.type(f"{tried}\r")
        assert at.ended() == 2


def test_w13_while_it_is_locked_it_says_how_many_flash_wait_and_no_more(
    pair: Pair, tmp_path: Path, fusion: Fusion
) -> None:
    """By clear headers, without a key: it rings, and stands still once one answers."""
    settings = config.desk_home(pair.cn).config
    before = settings.read_text()
    settings.write_text(f"lock_after = 0.05\n{before}")
    path = tmp_path / "flash.json"
    given = {"precedence": "FLASH", "mode": "ACTUAL", "translations": []}
    path.write_text(json.dumps(bulletin(**given)))
    try:
        with terminal(pair.cn) as at:
            at.until("Locked")
            at.until("Passphrase of duty-1:")
            sent = fusion("send", path, "--json", "--home", pair.pk, words=PASSPHRASE)
            name = json.loads(sent.out)["name"]
            at.until("1 FLASH waits")
            at.until("Passphrase of duty-1:")
            assert "Convoy" not in at.text()
            assert "islamabad" not in at.text()
            said = ("ack", name[:16], "--home", pair.cn)
            until = time.monotonic() + 60
            while fusion(*said, words=PASSPHRASE).code:
                assert time.monotonic() < until
            at.until("No FLASH waits.")
            assert at.process.poll() is None
    finally:
        settings.write_text(before)
