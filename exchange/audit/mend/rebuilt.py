"""What is known of a log after its tree was mended."""

from dataclasses import dataclass, field

from exchange.v1 import envelope_pb2 as pb


@dataclass(slots=True)
class Rebuilt:
    """What is known of a log after its tree was mended.

    Entries that are not here at all are in `missing`, with who sent them; `unknown`
    are those that nobody had. Between two sizes of `gaps` the tree itself is not
    known. `whole` says that the log ends at `size` for certain.
    """

    size: int = 0
    root: bytes = b""
    missing: dict[int, tuple[pb.Envelope, str]] = field(default_factory=dict)
    unknown: set[int] = field(default_factory=set)
    gaps: list[tuple[int, int]] = field(default_factory=list)
    whole: bool = False

    def dark(self, size: int) -> bool:
        """Whether the root at a size cannot be told."""
        return any(start < size < end for start, end in self.gaps)
