"""How new the directory heads of a log are, against the heads of the log itself."""

from msgspec import Struct

from exchange.limits import DIRECTORY_LATE, SECOND


class DirectoryHeads(Struct, frozen=True):
    """The directory heads of a log that verified: how many, and of which size the last.

    `last_s` is when the log signed the last (s); all 0 where there is none. `wrong`
    counts those that did not verify.
    """

    count: int = 0
    size: int = 0
    last_s: int = 0
    wrong: int = 0


NO_HEADS = DirectoryHeads()


def lacks_directory_head(head_s: int, last_s: int) -> bool:
    """Whether a log that signed a head at `head_s` (s) owes a newer directory head.

    `last_s` is when it signed the newest one that is shown, 0 where none is. A log owes
    one beside its first head, and then each minute in which it signs a head.
    """
    return head_s > last_s + DIRECTORY_LATE // SECOND
