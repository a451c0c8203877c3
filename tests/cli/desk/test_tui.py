"""fusion tui is killed while an officer writes, and started again."""

import signal
from pathlib import Path

import pytest

from exchange.desk.client import Desk
from tests.cli.conftest import PASSPHRASE
from tests.cli.desk.conftest import AtDesk
from tests.cli.desk.officers_terminal import OfficersTerminal, terminal
from tests.cli.desk.test_send import OPTIONS
from tui.drafts import EditorDraft, drafts, parse_typed
from tui.form import Form
from tui.outside_editor import PREFIX, room

ENTER, DOWN, ESC, CLEAR, LEAVE = "\r", "\x1b[B", "\x1b", "\x15", "\x11"
DELETE, F4 = "\x1b[3~", "\x1bOS"
SECOND = 1.2  # s after the last key was shown
SAID = "Bridge 7: گاڑی 车队 canaryword"


def begin_a_warning(at: OfficersTerminal) -> None:
    at.until("compose")
    at.type("c", then="Kind of bulletin")
    at.type("warning", then="Warning")
    at.type(ENTER, then="Compose: Warning")


def type_subject(at: OfficersTerminal, said: str) -> None:
    at.type(DOWN * 8 + ENTER, then="0 / 200")
    at.type(said, then=f"{len(said)} / 200")


def left(home: Path) -> list[EditorDraft]:
    """What is in the mailbox."""
    from exchange.desk.terminal.desk import TerminalDesk  # noqa: PLC0415 - as `fusion tui`

    with Desk.open(home, "", PASSPHRASE) as desk:
        return drafts(TerminalDesk(desk))


def subject(draft: EditorDraft) -> str:
    return Form.load(draft.stored.text, "en").prose[0].text


def plain(home: Path, said: str) -> list[str]:
    """Which files of a home hold a word of a text."""
    words = [word for word in said.split() if len(word.encode()) > 4]
    return [
        f"{path.name}: {word}"
        for path in home.rglob("*")
        if path.is_file() and not path.is_socket()
        for word in words
        for encoding in ("utf-8", "utf-16-le", "utf-32-le")
        if word.encode(encoding) in path.read_bytes()
    ]


def test_what_was_typed_survives_a_kill_and_is_offered_again(stopped: Path) -> None:
    with terminal(stopped) as at:
        begin_a_warning(at)
        type_subject(at, SAID)
        at.wait(SECOND)
        at.kill()
        assert plain(stopped, SAID) == []
    with terminal(stopped) as at:
        at.until("1 unfinished draft")
        at.until("Warning: Bridge 7")
        at.type("w", then="min ago")
        at.type(ENTER, then="Compose: Warning")
        at.until("canaryword")
        at.type(LEAVE, then="There is unfinished work")
        at.type(ESC)
        at.until("There is unfinished work", gone=True)
        at.type(LEAVE, then="There is unfinished work")
        at.type(ENTER)
        assert at.ended() == 0
    [draft] = left(stopped)
    assert subject(draft) == SAID
    assert plain(stopped, SAID) == []


def test_a_discarded_draft_is_gone_after_a_kill_or_back_whole(stopped: Path) -> None:
    with terminal(stopped) as at:
        begin_a_warning(at)
        type_subject(at, SAID)
        at.type(ESC)
        at.until(f"{len(SAID)} / 200", gone=True)
        at.type(ESC, then="1 unfinished draft")
        at.type("w", then="min ago")
        at.type(DELETE, then="No draft is unfinished.")
        assert left(stopped) == []
        at.type("u", then="min ago")
        at.kill()
    [draft] = left(stopped)
    assert subject(draft) == SAID
    with terminal(stopped) as at:
        at.until("1 unfinished draft")
        at.type("w", then="min ago")
        at.type(DELETE, then="No draft is unfinished.")
        at.kill()
    assert left(stopped) == []


def test_keys_typed_before_the_first_screen_are_kept(stopped: Path) -> None:
    with terminal(stopped) as at:
        at.type("c")  # before the program has even begun
        at.until("Kind of bulletin")
        at.type(ESC)
        at.until("Kind of bulletin", gone=True)
        at.type(LEAVE)  # and with nothing unfinished it leaves at once
        assert at.ended() == 0
    assert left(stopped) == []


def test_a_passphrase_that_was_mistyped_is_asked_for_again(stopped: Path) -> None:
    """Otherwise the next try would go to the shell, which shows it and keeps it."""
    with terminal(stopped, asked=True) as at:
        at.until("Passphrase of")
        at.type(f"{PASSPHRASE}x{ENTER}", then="wrong passphrase")
        at.until("Passphrase of", times=2)
        at.type(ENTER, then="empty")
        at.until("Passphrase of", times=3)
        at.type(f"{PASSPHRASE}{ENTER}", then="compose")
        at.type(LEAVE)
        assert at.ended() == 0


def test_that_there_is_no_terminal_to_ask_at_is_said_once(stopped: Path) -> None:
    """Nobody mistyped: it would not be there at the next try either."""
    with terminal(stopped, asked=True, controls=False) as at:
        assert at.ended() == 2
        assert at.text().count("no terminal to ask at") == 1


def test_a_language_that_was_asked_for_once_is_not_kept(stopped: Path) -> None:
    for asked, said in ((("--lang", "zh", "tui"), "撰写"), (("tui",), "compose")):
        with terminal(stopped, command=asked) as at:
            at.until(said)
            at.type(LEAVE)
            assert at.ended() == 0


EDITOR = """#!/bin/sh
cp "$1" {seen}
stat -c "%a" "$1" >> {seen}; stat -c "%a" . >> {seen}
echo editing; read answer
printf 'Bridge 7 is closed, گاڑی 车队 %s' "$answer" > "$1"
"""


def edited(home: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Allow an editor, which copies what it gets and types a text; return the copy."""
    config, seen, script = home / "desk/config.toml", folder / "seen", folder / "ed"
    config.write_text(f"editor = true\n{config.read_text()}")
    script.write_text(EDITOR.format(seen=seen))
    script.chmod(0o700)
    monkeypatch.setenv("VISUAL", "")
    monkeypatch.setenv("EDITOR", str(script))
    return seen


def test_a_text_is_handed_to_an_editor_and_erased(
    stopped: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = edited(stopped, tmp_path, monkeypatch)
    with terminal(stopped) as at:
        begin_a_warning(at)
        type_subject(at, "Bridge")
        at.type(F4, then="leaves the encrypted mailbox")
        at.type(DOWN + ENTER, then="editing")
        assert list(room().glob(f"{PREFIX}{at.process.pid}-*"))
        at.type("canaryword\r", then="is closed")
        at.until("canaryword")
        assert not list(room().glob(f"{PREFIX}{at.process.pid}-*"))
        at.wait(SECOND)
        at.kill()
    assert seen.read_text().split() == ["Bridge", "600", "700"]
    [draft] = left(stopped)
    assert subject(draft) == "Bridge 7 is closed, گاڑی 车队 canaryword"


def test_what_a_kill_left_of_an_editor_is_erased_at_the_next_start(
    stopped: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edited(stopped, tmp_path, monkeypatch)
    with terminal(stopped) as at:
        begin_a_warning(at)
        type_subject(at, "Bridge")
        at.type(F4, then="leaves the encrypted mailbox")
        at.wait(SECOND)
        at.type(DOWN + ENTER, then="editing")
        [folder] = room().glob(f"{PREFIX}{at.process.pid}-*")
        at.kill()
    assert folder.exists()
    with terminal(stopped) as at:
        at.until("1 unfinished draft")
        assert not folder.exists()


def test_a_translation_survives_a_kill(desk: AtDesk) -> None:
    desk.json("send", *OPTIONS)
    said = "车队延误canary"
    with terminal(desk.home) as officer:
        officer.until("VERIFIED")
        officer.type("t", then="Translate into")
        officer.type(DOWN + ENTER, then="en → zh-Hans")
        officer.type(said, then=f"{len(said)} / 200")
        officer.wait(SECOND)
        officer.kill()
    [draft] = left(desk.home)
    assert [(one.segment, one.text) for one in parse_typed(draft)] == [("s0", said)]
    with terminal(desk.home) as officer:
        officer.until("1 unfinished draft")
        officer.until("Translate: Chinese")
        officer.type("w", then="min ago")
        officer.type(ENTER, then=f"{len(said)} / 200")


@pytest.mark.parametrize("how", ["SIGTERM", "hang up", "vanish"])
def test_a_signal_loses_no_key(stopped: Path, how: str) -> None:
    """A terminal that hangs up is SIGHUP; one that vanishes comes without a signal."""
    with terminal(stopped, controls=how != "vanish") as at:
        begin_a_warning(at)
        type_subject(at, SAID)
        if how == "SIGTERM":
            assert at.end(signal.SIGTERM) == 128 + signal.SIGTERM
        else:
            assert at.hang_up() == 128 + signal.SIGHUP
    [draft] = left(stopped)
    assert subject(draft) == SAID


def test_a_typed_word_erases_the_home_while_the_terminal_still_runs(
    stopped: Path,
) -> None:
    with terminal(stopped) as at:
        at.until("compose")
        at.type("\x1b[24~")  # F12
        at.until("Erase this home")
        at.type("no" + ENTER, then="Not erased.")
        assert (stopped / "desk/officers/duty-1.key").exists()
        at.type("\x1b[24~", then="Erase this home")
        at.type("wipe" + ENTER, then="Not reached from here")
        assert at.ended() == 0
    assert list(stopped.iterdir()) == []


def test_a_screen_reader_gets_lines(desk: AtDesk) -> None:
    """The list tells nobody; what is opened by name is opened."""
    name = desk.json("send", *OPTIONS)["name"]
    listed = desk("tui", "--plain", "bulletins").ended(0)
    assert "delayed" in listed.out
    assert "\x1b" not in listed.out
    shown = desk("tui", "--plain", "verify", "--of", name)
    assert "Name is the hash of the bytes" in shown.out
    missing = desk("tui", "--plain", "verify")
    assert (missing.code, "--of NAME" in missing.err) == (2, True), missing


def test_a_screen_reader_is_told_whether_the_node_answers(
    pk: AtDesk, desk: AtDesk
) -> None:
    up, down = (at("tui", "--plain", "link") for at in (pk, desk))
    assert "islamabad.pk · our node · up · since" in up.out
    assert "islamabad.pk · our node · down · since" in down.out
