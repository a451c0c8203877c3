"""The operator's restrictions: MINIMIZE, EMCON, suspended nations.

A small file in the node's folder, which the running node reads every second: `fusion
doctor --minimize on`. One word a line: MINIMIZE, QUIET, SUSPENDED:kz@ and the ms UTC of
its start. A nation without a valid time is still suspended.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from msgspec import Struct, field

from exchange.errors import Reason, Refusal
from exchange.trust import names
from exchange.v1 import envelope_pb2 as pb
from keys import files

OFF, QUIET, SILENT = "OFF", "QUIET", "SILENT"
EMCON = (OFF, QUIET, SILENT)
MINIMIZE = "MINIMIZE"
SUSPENDED = "SUSPENDED:"  # before a nation
SIZE_MAX = 4_096  # bytes of the file


class Posture(Struct, frozen=True):
    """The restrictions. EMCON QUIET keeps links, with signs of life only; SILENT none.

    MINIMIZE: refuse ROUTINE bulletins. EMCON: limit sending to partners. `suspended`:
    nations whose desks get nothing, each with its start (ms UTC; 0: unknown).
    """

    minimize: bool = False
    emcon: str = OFF
    suspended: Mapping[str, int] = field(default_factory=dict)

    @property
    def quiet(self) -> bool:
        return self.emcon != OFF

    def withholds(self, node: str, kind: int) -> bool:
        """Return whether texts are withheld from a node of a suspended nation.

        A recall is still sent: its receivers must stop using the text.
        """
        suspended = names.domain_of(node) in self.suspended
        return suspended and kind != pb.KIND_RECALL


def read(path: Path) -> Posture:
    """Return the default if there is no file; Refusal(INPUT) if unreadable."""
    try:
        words = path.read_bytes()[:SIZE_MAX].decode("ascii").split()
    except FileNotFoundError:
        return Posture()
    except (OSError, UnicodeDecodeError):
        raise Refusal(Reason.INPUT, path.name) from None
    emcon = next((word for word in words if word in EMCON), OFF)
    return Posture(MINIMIZE in words, emcon, dict(_suspended(words)))


def _suspended(words: Iterable[str]) -> Iterator[tuple[str, int]]:
    for word in words:
        if word.startswith(SUSPENDED):
            nation, _, since = word.removeprefix(SUSPENDED).partition("@")
            yield nation, int(since) if since.isdecimal() else 0


def write(path: Path, posture: Posture) -> None:
    """Take effect in the running node within a second."""
    words = [MINIMIZE] if posture.minimize else []
    words += [posture.emcon] if posture.quiet else []
    words += [
        f"{SUSPENDED}{nation}@{since}"
        for nation, since in sorted(posture.suspended.items())
    ]
    files.replace(path, "".join(f"{word}\n" for word in words).encode())
