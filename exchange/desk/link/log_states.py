"""The state of each log that a desk reads, beside its mailbox's rows.

Small records in the mailbox's settings. Roots are kept at recent heads, since a
cosignature comes after its head has been overtaken.
"""

import base64
import json
from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from exchange.desk.link.directory_states import DirectoryStates
from exchange.desk.link.heads import Believed, Cover, HeldSize, HeldSizes
from exchange.desk.mailbox import Mailbox
from exchange.errors import Reason
from exchange.ledger.note import Key

ROOTS_MAX = 256  # heads of a log still without a cosignature


class CosignedHead(Struct, frozen=True):
    size: int
    note: bytes


class Look(Struct, frozen=True):
    """A round over the arrivals that brought bare leaves, from the newest down.

    The next window ends at arrival `below` (0: a new round begins); the last request
    was made `at` (ms UTC, paces only); `clean` while this round found nothing.
    """

    below: int = 0
    at: int = 0
    clean: bool = True


class LogStates:
    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    def roots(self, origin: str) -> dict[int, bytes]:
        """Return size -> root, the newest ROOTS_MAX."""
        found = self._read(f"roots:{origin}")
        return {int(size): base64.b64decode(root) for size, root in found.items()}

    def set_roots(self, origin: str, roots: Mapping[int, bytes]) -> None:
        newest = sorted(roots)[-ROOTS_MAX:]
        kept = {size: base64.b64encode(roots[size]).decode() for size in newest}
        self._write(f"roots:{origin}", kept)

    def cover(self, origin: str) -> dict[str, HeldSize]:
        found = self._read(f"cover:{origin}")
        return {node: HeldSize(*line) for node, line in found.items()}

    def set_cover(self, origin: str, cover: Cover) -> None:
        lines = {node: [line.size, line.time_s] for node, line in cover.items()}
        self._write(f"cover:{origin}", lines)

    def lacking(self, origin: str) -> dict[str, set[int]]:
        """Return node -> entries without their text, by the own node's word."""
        found = self._read(f"lacking:{origin}")
        return {node: set(indexes) for node, indexes in found.items()}

    def set_lacking(self, origin: str, lacking: Mapping[str, set[int]]) -> None:
        kept = {node: sorted(some) for node, some in lacking.items() if some}
        self._write(f"lacking:{origin}", kept)

    def forget_lacking(self, origins: Iterable[str]) -> None:
        """Forget missing texts: the node will report them again."""
        for origin in origins:
            self._write(f"lacking:{origin}", {})

    def cosigner_sizes(self, origin: str) -> dict[Key, HeldSize]:
        said: dict[Key, HeldSize] = {}
        for key, line in self._read(f"said:{origin}").items():
            key_id, _, name = key.partition(" ")
            said[name, bytes.fromhex(key_id)] = HeldSize(*line)
        return said

    def set_cosigner_sizes(self, origin: str, sizes: HeldSizes) -> None:
        lines = {
            f"{key_id.hex()} {name}": [line.size, line.time_s]
            for (name, key_id), line in sizes.items()
        }
        self._write(f"said:{origin}", lines)

    def newest_cosigned(self, origin: str) -> CosignedHead | None:
        found = self._read(f"cosigned:{origin}")
        if not found:
            return None
        return CosignedHead(int(found["size"]), found["note"].encode())

    def set_cosigned(self, origin: str, believed: Believed) -> None:
        record = {"size": believed.head.size, "note": believed.note.decode()}
        self._write(f"cosigned:{origin}", record)

    def alarm(self, origin: str) -> str:
        """Return `ROOT #412` (reason, place), or ""."""
        return self._mailbox.settings.get(f"alarm:{origin}")

    def set_alarm(self, origin: str, reason: Reason, place: int) -> None:
        """Record a finding; the first one stays."""
        if not self.alarm(origin):
            self._mailbox.settings.set(f"alarm:{origin}", f"{reason} #{place}")

    def node_fault(self, origin: str) -> str:
        """Return `HIDDEN #412`, or ""; the log itself may be sound."""
        return self._mailbox.settings.get(f"fault:{origin}")

    def set_node_fault(self, origin: str, reason: Reason, place: int) -> None:
        """Record a finding; the newest one stays."""
        self._mailbox.settings.set(f"fault:{origin}", f"{reason} #{place}")

    def clear_node_fault(self, origin: str, reason: Reason) -> None:
        if self.node_fault(origin).startswith(f"{reason} #"):
            self._mailbox.settings.set(f"fault:{origin}", "")

    def look(self, node: str) -> Look:
        return Look(**self._read(f"look:{node}"))

    def set_look(self, node: str, look: Look) -> None:
        self._write(f"look:{node}", asdict(look))

    def forget(self, origin: str) -> None:
        for what in ("roots", "cover", "lacking", "said", "cosigned"):
            self._write(f"{what}:{origin}", {})
        self._mailbox.settings.set(f"alarm:{origin}", "")
        self._mailbox.settings.set(f"fault:{origin}", "")
        self._mailbox.bare_leaves.forget(origin)
        DirectoryStates(self._mailbox).forget(origin)

    def origins(self) -> list[str]:
        """Return the logs that were pinned when the cursor began."""
        return self._mailbox.settings.get("origins").split()

    def set_origins(self, origins: list[str]) -> None:
        self._mailbox.settings.set("origins", " ".join(origins))

    def mark(self, node: str) -> str:
        """Return "" if no arrival was taken under the cursor."""
        return self._mailbox.settings.get(f"mark:{node}")

    def set_mark(self, node: str, mark: str) -> None:
        self._mailbox.settings.set(f"mark:{node}", mark)

    def _read(self, key: str) -> dict[str, Any]:
        found = json.loads(self._mailbox.settings.get(key, "{}"))
        return found if isinstance(found, dict) else {}

    def _write(self, key: str, record: object) -> None:
        self._mailbox.settings.set(key, json.dumps(record))
