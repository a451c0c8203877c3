"""Records of the directory of desks: who answers there, and how they are reached."""

from collections.abc import Sequence
from typing import NamedTuple


class DutyPost(NamedTuple):
    """A post of a duty roster, in words of the language in use; never a person."""

    post: str
    role: str
    shift: str = ""
    channel: str = ""
    """How it is reached, as its desk wrote it."""
    deputy: str = ""
    languages: Sequence[str] = ()
    """Each with how well it is spoken."""


class DeskEntry(NamedTuple):
    """A desk, with its newest LIAISON that is valid and was accepted."""

    desk: str
    nation: str
    own: bool = False
    sealable: bool = True
    """Whether something can be sealed for it: it has a sealing key."""
    agency: str = ""
    posts: Sequence[DutyPost] = ()
    roster_at: int = 0
    """When its LIAISON was filed, ms UTC; 0 where it has none."""
    liaison: int = 0
    """The number of that bulletin, 0 for none."""
    heard_at: int = 0
    """When the last bulletin or receipt of it came, ms UTC; 0 for never."""
