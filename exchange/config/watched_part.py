"""The part of a home whose [watch] says whom `fusion watch` calls.

It is the desk's, which tells of FLASH that wait there and of its node's alarms; in a
home that has a node alone, or whose desk has no [watch], the node's, of alarms alone.
"""

from pathlib import Path
from typing import NamedTuple

from exchange.config.homes import desk_home, has_node_alone, node_home, short
from exchange.config.settings import WatchConfig, read_desk, read_node
from exchange.errors import Reason, Refusal, Why

_BOTH = Why(
    "the desk of this home has a [watch] too, which tells of the node's alarms;"
    " remove one of both"
)


class WatchedPart(NamedTuple):
    """A part of a home, and its [watch], if it has one."""

    name: str
    """The desk, or the node."""
    part: Path
    """Its folder in the home."""
    folder: Path
    """The folder of the watch in it, which may not be there yet."""
    settings: WatchConfig | None

    @property
    def where(self) -> str:
        """How a refusal names the [watch]."""
        return f"{short(self.part / 'config.toml')}: watch"


def watched_part(home: Path) -> WatchedPart:
    """Return that part of a home.

    Raises Refusal(HOME) where there is neither a desk nor a node, and
    Refusal(FIELD_VALUE) where both say whom to call.
    """
    if has_node_alone(home):
        return _of_node(home)
    desk = desk_home(home)
    settings = read_desk(desk)
    of_desk = WatchedPart(settings.name, desk.folder, desk.watch, settings.watch)
    if not (desk.folder.parent / "node" / "config.toml").exists():
        return of_desk
    of_node = _of_node(home)
    if of_node.settings is None:
        return of_desk
    if of_desk.settings is not None:
        raise Refusal(Reason.FIELD_VALUE, of_node.where, _BOTH)
    return of_node


def _of_node(home: Path) -> WatchedPart:
    node = node_home(home)
    settings = read_node(node)
    return WatchedPart(settings.name, node.folder, node.watch, settings.watch)
