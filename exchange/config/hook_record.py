"""Results of the hooks of `fusion watch`: each try, and the failing channels.

    note(folder, Try(...))       after each call of a hook
    hook_fault(folder, watch)    the fault to show to people; needs no key

Two files in the watch's folder: `tries`, one line of JSON each, and `channels`, the
last try of each channel. Only the running watch writes them, holding `lock`.
"""

import fcntl
import os
from pathlib import Path

import msgspec

from exchange.atomic_file import MODE, atomic
from exchange.config.settings import WatchConfig
from exchange.errors import unreadable
from exchange.limits import TRIES_BYTES_MAX
from exchange.words import say, word

TRIES, CHANNELS = "tries", "channels"


class Try(msgspec.Struct, frozen=True):
    at: int
    """When it began, ms UTC."""
    channel: str
    what: str
    """The sort of notice: FLASH, ALARM, ... (`exchange.watch.notice`)."""
    count: int
    well: bool
    took: int
    """Duration, ms."""
    said: str = ""
    """The failure, and the start of the hook's output; plain text."""


class ChannelState(msgspec.Struct, frozen=True):
    failing_since: int
    last: Try


class HookFault(msgspec.Struct, frozen=True):
    """A channel that reaches no one: name, reason, since when (ms UTC; 0: unknown)."""

    channel: str
    why: str
    since: int

    @property
    def text(self) -> str:
        return f"{self.channel}: {say(self.why)}"


NOT_RUNNING = word("fusion watch does not run")


def note(folder: Path, made: Try) -> None:
    """Record a try; only some thousand newest are kept. Raise Refusal if that fails."""
    path = folder / TRIES
    line = msgspec.json.encode(made) + b"\n"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, MODE)
        with os.fdopen(handle, "ab") as file:
            file.write(line)
            size = file.tell()
    except OSError as error:
        raise unreadable(error, str(path)) from None
    if size > TRIES_BYTES_MAX:
        kept = path.read_bytes()[-TRIES_BYTES_MAX // 2 :].partition(b"\n")[2]
        with atomic(path) as file:
            file.write(kept)
    states = read_channels(folder)
    before = states.get(made.channel)
    since = 0 if made.well else (before.failing_since if before else 0) or made.at
    states[made.channel] = ChannelState(since, made)
    with atomic(folder / CHANNELS) as file:
        file.write(msgspec.json.encode(states))


def read_tries(folder: Path) -> list[Try]:
    """Return the oldest first, without torn lines."""
    found = []
    for line in _read(folder / TRIES).splitlines():
        try:
            found.append(msgspec.json.decode(line, type=Try))
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
    return found


def read_channels(folder: Path) -> dict[str, ChannelState]:
    try:
        return msgspec.json.decode(
            _read(folder / CHANNELS) or b"{}", type=dict[str, ChannelState]
        )
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(2 * TRIES_BYTES_MAX)
    except OSError:
        return b""


def hook_fault(folder: Path, watch: WatchConfig | None) -> HookFault | None:
    """Return None if there is none, or no hook is set.

    Channels removed from the settings are ignored.
    """
    if watch is None or not (watch.hook or watch.apprise):
        return None
    asked = {"hook": bool(watch.hook), "apprise": bool(watch.apprise)}
    states = read_channels(folder)
    for channel, state in sorted(states.items()):
        if asked.get(channel) and state.failing_since:
            return HookFault(channel, state.last.said, state.failing_since)
    if not _is_held(folder):
        return HookFault("hook" if watch.hook else "apprise", NOT_RUNNING, 0)
    return None


def _is_held(folder: Path) -> bool:
    try:
        handle = os.open(folder / "lock", os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False
