"""The restrictions that the operator has set: MINIMIZE, EMCON, nations suspended.

A small file in the node's folder, which the running node looks at every second:
`fusion doctor --minimize on`. One word a line.
"""

from dataclasses import dataclass
from pathlib import Path

from exchange.errors import Reason, Refusal
from exchange.trust import names
from exchange.v1 import envelope_pb2 as pb
from keys import files

OFF, QUIET, SILENT = "OFF", "QUIET", "SILENT"
EMCON = (OFF, QUIET, SILENT)
MINIMIZE = "MINIMIZE"
SUSPENDED = "SUSPENDED:"  # before a nation
SIZE_MAX = 4_096  # bytes of the file


@dataclass(frozen=True, slots=True)
class Posture:
    """MINIMIZE: no ROUTINE bulletins are taken. EMCON: what is sent to partners.

    QUIET: the link stays, and nothing goes but signs of life. SILENT: there is none.
    `suspended` are the nations to whose desks nothing is sent.
    """

    minimize: bool = False
    emcon: str = OFF
    suspended: frozenset[str] = frozenset()

    @property
    def quiet(self) -> bool:
        """Whether nothing of substance is sent."""
        return self.emcon != OFF

    def withholds(self, node: str, kind: int) -> bool:
        """Whether texts of a kind do not go to a node: its nation is suspended.

        A recall goes: it tells those who have a text not to use it.
        """
        suspended = names.domain_of(node) in self.suspended
        return suspended and kind != pb.KIND_RECALL


def read(path: Path) -> Posture:
    """Return what the operator has set; nothing where there is no such file.

    What cannot be read as a posture raises Refusal(INPUT).
    """
    try:
        words = path.read_bytes()[:SIZE_MAX].decode("ascii").split()
    except FileNotFoundError:
        return Posture()
    except (OSError, UnicodeDecodeError):
        raise Refusal(Reason.INPUT, path.name) from None
    emcon = next((word for word in words if word in EMCON), OFF)
    suspended = frozenset(
        word.removeprefix(SUSPENDED) for word in words if word.startswith(SUSPENDED)
    )
    return Posture(MINIMIZE in words, emcon, suspended)


def write(path: Path, posture: Posture) -> None:
    """Set a posture; the running node takes it up within a second."""
    words = [MINIMIZE] if posture.minimize else []
    words += [posture.emcon] if posture.quiet else []
    words += [f"{SUSPENDED}{nation}" for nation in sorted(posture.suspended)]
    files.replace(path, "".join(f"{word}\n" for word in words).encode())
