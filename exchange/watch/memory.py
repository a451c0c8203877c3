"""The state of a watch, in one file: after a restart it reports no item twice.

It is saved before and after each call of a channel: after a kill a notice is sent twice
rather than never.
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
    desk: str = ""
    """The desk of these FLASH; another desk does not use them."""
    read: dict[str, int] = {}
    """Log -> number of entries read."""
    tally: FlashTally = msgspec.field(default_factory=FlashTally)
    channels: dict[str, WatchChannel] = {}


def load(folder: Path, desk: str) -> WatchMemory:
    """Load the memory; a damaged file is renamed and items are reported again.

    Refusal(INPUT) if it cannot be read.
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
    """Write and sync it, unless its bytes equal `before`; return the bytes.

    Refusal if the write fails.
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
