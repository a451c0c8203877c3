"""The age of a log's directory heads, relative to the heads of the log itself."""

from msgspec import Struct

from exchange.limits import DIRECTORY_LATE, SECOND


class DirectoryHeads(Struct, frozen=True):
    """The number of a log's directory heads, and the size of the last one.

    `last_s` is when (s) the log signed the last; all are 0 without directory heads.
    `wrong` counts those that did not verify.
    """

    count: int = 0
    size: int = 0
    last_s: int = 0
    wrong: int = 0


NO_HEADS = DirectoryHeads()


def lacks_directory_head(head_s: int, last_s: int) -> bool:
    """Return whether a log owes a newer directory head.

    `head_s` is when (s) it signed its newest head, `last_s` its newest directory head,
    0 if none is shown. It owes one with its first head, then one each minute in which
    it signs a head.
    """
    return head_s > last_s + DIRECTORY_LATE // SECOND
