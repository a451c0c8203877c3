"""The state of a watch, kept in one file so that a restart rings nothing twice.

It is written before a channel is called, and again after each call: where the process
is killed in between, a notice goes twice rather than never.
"""

from pathlib import Path

import msgspec

from exchange.atomic_file import atomic
from exchange.errors import unreadable
from exchange.limits import WATCH_STATE_MAX
from exchange.watch.channels import WatchChannel
from exchange.watch.flash_tally import FlashTally

STATE, DAMAGED = "state", "state.damaged"


class WatchMemory(msgspec.Struct):
    """How far each log was read, the FLASH that wait, and the state of each channel."""

    desk: str = ""
    """Whose FLASH these are; another desk's are worth nothing here."""
    read: dict[str, int] = {}
    """Log -> the number of its entries that were looked at."""
    tally: FlashTally = msgspec.field(default_factory=FlashTally)
    channels: dict[str, WatchChannel] = {}


def load(folder: Path, desk: str) -> WatchMemory:
    """Return the memory that was kept for a desk, or a new one.

    A file that is damaged is put aside: what waits is reported once more, and nothing
    is lost. Refusal(INPUT) where the system does not give it.
    """
    path = folder / STATE
    try:
        with path.open("rb") as file:
            data = file.read(WATCH_STATE_MAX + 1)
    except FileNotFoundError:
        return WatchMemory(desk)
    except OSError as error:
        raise unreadable(error, str(path)) from None
    try:
        found = msgspec.json.decode(data, type=WatchMemory)
    except (msgspec.DecodeError, UnicodeDecodeError):
        path.replace(folder / DAMAGED)
        return WatchMemory(desk)
    return found if found.desk == desk else WatchMemory(desk)


def save(folder: Path, memory: WatchMemory, before: bytes = b"") -> bytes:
    """Write it, unless its bytes are those written `before`; return the bytes on disk.

    On disk when this returns; Refusal where the disk does not take it.
    """
    data = msgspec.json.encode(memory)
    if data == before:
        return data
    path = folder / STATE
    try:
        with atomic(path) as file:
            file.write(data)
    except OSError as error:
        raise unreadable(error, str(path)) from None
    return data
