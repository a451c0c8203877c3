"""The restrictions that the operator has set: MINIMIZE and EMCON.

A small file in the node's folder, which the running node looks at every second:
`fusion doctor --minimize on`. One word a line.
"""

from dataclasses import dataclass
from pathlib import Path

from exchange.errors import Reason, Refusal
from keys import files

OFF, QUIET, SILENT = "OFF", "QUIET", "SILENT"
EMCON = (OFF, QUIET, SILENT)
MINIMIZE = "MINIMIZE"
SIZE_MAX = 64  # bytes of the file


@dataclass(frozen=True, slots=True)
class Posture:
    """MINIMIZE: no ROUTINE bulletins are taken. EMCON: what is sent to partners.

    QUIET: the link stays, and nothing goes but signs of life. SILENT: there is none.
    """

    minimize: bool = False
    emcon: str = OFF

    @property
    def quiet(self) -> bool:
        """Whether nothing of substance is sent."""
        return self.emcon != OFF


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
    return Posture(MINIMIZE in words, emcon)


def write(path: Path, posture: Posture) -> None:
    """Set a posture; the running node takes it up within a second."""
    words = [MINIMIZE] if posture.minimize else []
    words += [posture.emcon] if posture.quiet else []
    files.replace(path, "".join(f"{word}\n" for word in words).encode())
