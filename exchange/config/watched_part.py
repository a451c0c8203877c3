"""The part of a home with the [watch] that `fusion watch` uses.

The desk's [watch] covers the FLASH waiting there and its node's alarms. In a home with
a node alone, or a desk without [watch], the node's is used, for alarms only.
"""

from pathlib import Path
from typing import NamedTuple

from exchange.config.homes import desk_home, has_node_alone, node_home, short
from exchange.config.settings import WatchConfig, read_desk, read_node
from exchange.errors import Reason, Refusal, Why

_BOTH = Why(
    "the desk of this home also has a [watch], which reports the node's alarms;"
    " remove one of them"
)


class WatchedPart(NamedTuple):
    name: str
    """The name of the desk or the node."""
    part: Path
    """Its folder in the home."""
    folder: Path
    """The folder of the watch in it, which may not exist yet."""
    settings: WatchConfig | None

    @property
    def where(self) -> str:
        return f"{short(self.part / 'config.toml')}: watch"


def watched_part(home: Path) -> WatchedPart:
    """Raise Refusal: HOME without desk and node, FIELD_VALUE if both have a [watch]."""
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
