"""The rounds of a watch: ask the node, count, call the channels that are due."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any, NamedTuple

from exchange import config
from exchange.clock import elapsed_ms, time_of, wall_ms
from exchange.config import WatchConfig, hook_record
from exchange.config.hook_record import Try
from exchange.config.watched_part import WatchedPart
from exchange.errors import FusionError, Refusal, Unreachable, Why
from exchange.home.key_table import lives_of, named_life
from exchange.limits import FLASH_GOAL, NODE_DOWN, SECOND
from exchange.net.desk_client import NodeClient
from exchange.trust import names
from exchange.trust.lives import is_due
from exchange.v1 import desk_service_pb2 as desk_pb
from exchange.watch import memory as memories
from exchange.watch.channels import Item, WatchChannel, notices
from exchange.watch.flash_tally import WaitingFlash
from exchange.watch.hook import CallOutcome, call
from exchange.watch.memory import WatchMemory
from exchange.watch.node_reader import AheadReader
from exchange.watch.notice import Notice, What, plain
from exchange.watch.tally_reader import TallyReader

PULSE = 2.0  # s between two rounds
_URLS = Why("not there, or others can read it; make it yours alone (chmod 600)")
LIVES_EVERY = 300  # rounds between two checks of keys and certificates


class Way(NamedTuple):
    name: str
    command: Sequence[str]


def ways(part: Path, settings: WatchConfig | None) -> list[Way]:
    """Raise Refusal(KEY_FILE) if others can read the settings."""
    found = []
    if settings is not None and settings.hook:
        found.append(Way("hook", settings.hook))
    if settings is not None and settings.apprise:
        path = part / Path(settings.apprise).name
        try:
            config.check_private(path)
        except Refusal as error:
            raise Refusal(error.reason, error.where, _URLS) from None
        module = "exchange.watch.send_apprise"
        found.append(Way("apprise", (sys.executable, "-m", module, str(path))))
    return found


def waiting_items(
    waiting: Sequence[WaitingFlash], desk: str, now: int
) -> Iterator[Item]:
    """`now` is ms UTC."""
    for one in waiting:
        details = {
            "name": one.name[:16],
            "sender": one.sender,
            "filed": time_of(one.filed),
        }
        what = What.DRILL if one.drill else What.FLASH
        yield Item(what, f"flash {one.name}", desk, details)
        if not one.drill and now - one.since >= FLASH_GOAL:
            yield Item(What.UNANSWERED, f"unanswered {one.name}", desk, details)


def alarm_items(
    alarms: Sequence[desk_pb.Alarm], lives: Sequence[Mapping[str, Any]], node: str
) -> Iterator[Item]:
    """Yield one for each key about to expire, too."""
    for one in alarms:
        details = {"reason": one.reason, "where": one.where}
        yield Item(What.ALARM, f"alarm {one.reason} {one.where}", node, details)
    for life in lives:
        role, name, days = life["role"], life["name"], str(life["days"])
        details = {"reason": "KEY_DAYS", "where": f"{role} {name}", "days": days}
        yield Item(What.ALARM, f"key {role} {name} {days}", node, details)


@dataclass(slots=True)
class Watch:
    """`say` receives each line for people; `stop` ends the watch."""

    home: Path
    watched: WatchedPart
    client: NodeClient
    channels: Sequence[Way]
    settings: WatchConfig
    say: Callable[[str], None]
    stop: Event
    memory: WatchMemory = field(init=False)
    folder: Path = field(init=False)
    failed: bool = False
    """Whether any call of a channel has failed."""
    wake: Event = field(default_factory=Event)
    _tally: TallyReader | None = field(init=False)
    """The desk's waiting FLASH; None for a node: no FLASH waits there."""
    _saved: bytes = b""
    _rounds: int = 0
    _lives: Sequence[Mapping[str, Any]] = ()
    _alarms: Sequence[desk_pb.Alarm] = ()
    _heard: int = field(default_factory=elapsed_ms)
    _asked: bool = False
    _tried: dict[str, int] = field(default_factory=dict)
    _missed: dict[str, set[str]] = field(default_factory=dict)
    _trouble: str = ""

    def __post_init__(self) -> None:
        """Continue from the last saved state."""
        name = self.watched.name
        self.folder = config.private_folder(self.watched.folder)
        self.memory = memories.load(self.folder, name)
        of_desk = names.is_desk(name)
        self._tally = TallyReader(name, self.client, self.memory) if of_desk else None

    def end(self) -> None:
        """End the watch; any thread or signal handler may call it."""
        self.stop.set()
        self.wake.set()

    def run(self, *, once: bool = False) -> None:
        """Run until stopped; with `once` one round, without later arrivals."""
        ahead = AheadReader(self.client, self.wake)
        follows = not once and self._tally is not None
        if follows:
            ahead.start()
        try:
            while not self.stop.is_set():
                self.wake.clear()
                self._round(ahead)
                if once:
                    return
                self.wake.wait(PULSE)
        finally:
            self.client.close()
            if follows:
                ahead.stop()

    def _round(self, ahead: AheadReader) -> None:
        """Run one round.

        1. Read new entries in the logs, and messages ahead of them.
        2. Read the node's alarms, and keys about to expire.
        3. Save the new state before any channel is called.
        """
        now = wall_ms()
        try:
            # 1
            tally = self._tally
            status = tally.look(ahead, now) if tally else self.client.status()
            self._heard = elapsed_ms()
            # 2
            self._alarms, self._asked = status.alarms, True
        except FusionError as error:
            self._complain(error)
        if not self._rounds % LIVES_EVERY:
            due = [life for life in lives_of(self.home) if is_due(life, now)]
            named = [named_life(life, now) for life in due]
            self._lives = [life for life in named if not life["waits"]]
        self._rounds += 1
        # 3
        self._save()
        self._tell(now)

    def _items(self, now: int) -> list[Item]:
        name = self.watched.name
        node = names.node_of(name) if self._tally else name
        waiting = self._tally.waiting(now) if self._tally else ()
        items = [
            *waiting_items(waiting, name, now),
            *alarm_items(self._alarms, self._lives, node),
        ]
        if elapsed_ms() - self._heard >= NODE_DOWN:
            details = {"reason": "UNREACHABLE", "where": node}
            items.append(Item(What.ALARM, f"alarm UNREACHABLE {node}", node, details))
        return items

    def _tell(self, now: int) -> None:
        """Call the channels, except one that failed just now."""
        items = self._items(now)
        for way in self.channels:
            channel = self.memory.channels.setdefault(way.name, WatchChannel())
            changed = self._asked and channel.forget_ended(items)
            due = channel.due(items)
            for notice, of in notices(due, items, now, more=self.settings.details):
                if self.stop.is_set() or not self._may_try(way.name, channel, of):
                    break
                outcome = self.call(way, notice)
                channel.note(of, well=outcome.well)
                self._missed[way.name] = {one.key for one in due}
                self._tried[way.name] = elapsed_ms()
                changed = True
            if changed:
                self._save()

    def _may_try(self, name: str, channel: WatchChannel, of: Sequence[Item]) -> bool:
        """Return whether the pause after a failure is over."""
        if not channel.failures or name not in self._tried:
            return True
        fresh = any(one.key not in self._missed[name] for one in of)
        return elapsed_ms() - self._tried[name] >= channel.pause(fresh=fresh)

    def call(self, way: Way, notice: Notice) -> CallOutcome:
        at = wall_ms()
        limit = self.settings.timeout_s * SECOND
        outcome = call(way.command, notice, limit, self.stop)
        made = Try(
            at,
            way.name,
            notice.what.value,
            notice.count,
            outcome.well,
            outcome.took,
            outcome.said,
        )
        self.failed |= not made.well
        self.say(try_line(made))
        try:
            hook_record.note(self.folder, made)
        except (Refusal, OSError) as error:
            self._complain(error)
        return outcome

    def _save(self) -> None:
        """Save the memory; a failed write stops no notice."""
        try:
            self._saved = memories.save(self.folder, self.memory, self._saved)
        except (Refusal, OSError) as error:
            self._complain(error)

    def _complain(self, error: Exception) -> None:
        """Skip the same error twice in a row."""
        known = isinstance(error, FusionError)
        told = plain(str(error)) if known else type(error).__name__
        if told != self._trouble and not isinstance(error, Unreachable):
            self.say(told)
        self._trouble = told


def try_line(made: Try) -> str:
    ended = "ok" if made.well else f"FAILED: {made.said}"
    told = f"{made.what} {made.count}"
    return f"{time_of(made.at)} {made.channel} {told} {made.took} ms {ended}"
