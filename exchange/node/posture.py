"""The restrictions that the operator has set: MINIMIZE, EMCON, nations suspended.

A small file in the node's folder, which the running node looks at every second:
`fusion doctor --minimize on`. One word a line: MINIMIZE, QUIET, SUSPENDED:kz@ and the
ms UTC since when. A nation without a sound time is suspended all the same.
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
    """MINIMIZE: no ROUTINE bulletins are taken. EMCON: what is sent to partners.

    QUIET: the link stays, and nothing goes but signs of life. SILENT: there is none.
    `suspended` are the nations to whose desks nothing is sent, each with since when
    (ms UTC; 0: not known).
    """

    minimize: bool = False
    emcon: str = OFF
    suspended: Mapping[str, int] = field(default_factory=dict)

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
    return Posture(MINIMIZE in words, emcon, dict(_suspended(words)))


def _suspended(words: Iterable[str]) -> Iterator[tuple[str, int]]:
    """Yield each nation that is suspended, and since when."""
    for word in words:
        if word.startswith(SUSPENDED):
            nation, _, since = word.removeprefix(SUSPENDED).partition("@")
            yield nation, int(since) if since.isdecimal() else 0


def write(path: Path, posture: Posture) -> None:
    """Set a posture; the running node takes it up within a second."""
    words = [MINIMIZE] if posture.minimize else []
    words += [posture.emcon] if posture.quiet else []
    words += [
        f"{SUSPENDED}{nation}@{since}"
        for nation, since in sorted(posture.suspended.items())
    ]
    files.replace(path, "".join(f"{word}\n" for word in words).encode())
