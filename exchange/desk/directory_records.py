"""Records of the directory of desks: duty posts, and how to reach them."""

from collections.abc import Sequence
from typing import NamedTuple


class DutyPost(NamedTuple):
    """A post of a duty roster, in words of the language in use; never a person."""

    post: str
    role: str
    shift: str = ""
    channel: str = ""
    """How to reach it, as its desk wrote it."""
    deputy: str = ""
    languages: Sequence[str] = ()
    """Each with how well it is spoken."""


class DeskEntry(NamedTuple):
    desk: str
    nation: str
    own: bool = False
    sealable: bool = True
    """Whether it has a sealing key, so that messages can be sealed for it."""
    agency: str = ""
    posts: Sequence[DutyPost] = ()
    roster_at: int = 0
    """When its LIAISON was filed, ms UTC; 0 if it has none."""
    liaison: int = 0
    """The number of that bulletin, 0 for none."""
    heard_at: int = 0
    """When its last bulletin or receipt came, ms UTC; 0 for never."""
