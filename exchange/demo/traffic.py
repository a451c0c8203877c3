"""The demo's officers: send all samples both ways, read, acknowledge."""

import importlib.resources
import itertools
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any

from exchange.audit.verify_database import verify_home
from exchange.bulletin.check import CheckedDraft
from exchange.bulletin.content import from_json
from exchange.bulletin.json_reader import read_json
from exchange.demo.sites import OFFICERS, DemoSite
from exchange.desk.client import Desk
from exchange.desk.mailbox import Filter
from exchange.errors import Unreachable
from exchange.ledger import checkpoint
from exchange.v1 import desk_service_pb2 as desk_pb
from exchange.v1 import envelope_pb2 as pb
from exchange.words import say, say_n

SYNC_S = 2.0  # for receiving, between two checks
STALL_S = 120.0  # without progress before we give up
PAUSE_S = 0.2  # before a silent node is asked again
AT_ONCE = 10  # bulletins that an officer submits together
ACKNOWLEDGED_AT_ONCE = 64
EVERY_S = 180.0  # between two bulletins of the live demo
LOOK_S = 1.0  # between two looks of its officer at what arrived

SENT = Filter(direction="out")
ARRIVED = Filter(direction="in")
TO_ACKNOWLEDGE = Filter(direction="in", unacknowledged=True)
UNANSWERED = Filter(direction="out", unacknowledged=True)
DELIVERED = Filter(direction="out", states=frozenset({"delivered", "cosigned"}))
COSIGNED = Filter(direction="out", states=frozenset({"cosigned"}))

Tell = Callable[[str], None]
Counts = dict[str, int]


def open_desk(site: DemoSite) -> Desk:
    return Desk.open(site.home, OFFICERS[0], site.passphrase)


def samples(to: str) -> list[CheckedDraft]:
    folder = importlib.resources.files("exchange.cli") / "samples"
    files = sorted(
        (each for each in folder.iterdir() if each.name.endswith(".json")),
        key=lambda each: each.name,
    )
    said = [read_json(each.read_bytes()) for each in files]
    return [from_json(each | {"to": [to], "info": []}) for each in said]


def exchange_all(
    sites: tuple[DemoSite, DemoSite],
    bulletins: int,
    tell: Tell,
    *,
    leave_unread: bool = False,
) -> dict[str, Any]:
    """Return the summary once all is cosigned.

    With `leave_unread` the first site's officer acknowledges at the terminal.
    """
    with ExitStack() as stack:
        desks = [stack.enter_context(open_desk(site)) for site in sites]
        tell(say("waiting for each other's keys"))
        for desk, other in zip(desks, reversed(sites), strict=True):
            wait_for_keys(desk, other.desk)
        readers = desks[1:] if leave_unread else desks
        # An earlier demo may have left unfinished work.
        _until_settled(desks, readers, lambda: leave_unread or _answered(desks))
        tell(
            say_n(
                "sending {n} bulletin, half from each side",
                "sending {n} bulletins, half from each side",
                bulletins,
            )
        )
        before = [_count(desk) for desk in desks]
        _send_halves(desks, sites, bulletins)
        tell(say("waiting until everything is cosigned, read and acknowledged"))
        answered = not leave_unread
        done = _until_settled(
            desks,
            readers,
            lambda: _whole(_totals(desks, before), bulletins, answered=answered),
        )
        summary = _summary(desks, before)
    tell(say("verifying both ledgers"))
    summary["audit"] = _audit(sites)
    summary["ok"] = done and summary["audit"]["ok"] and _agrees(summary)
    return {"ok": summary.pop("ok"), "dir": "", **summary}


def _send_halves(
    desks: Sequence[Desk], sites: Sequence[DemoSite], bulletins: int
) -> None:
    shares = (bulletins - bulletins // 2, bulletins // 2)
    with ThreadPoolExecutor(len(desks)) as pool:
        sides = zip(desks, reversed(sites), shares, strict=True)
        list(pool.map(lambda side: _send(*side), sides))


def _audit(sites: tuple[DemoSite, DemoSite]) -> dict[str, Any]:
    reports = [verify_home(site.home) for site in sites]
    return {
        "ok": all(report.ok for report in reports),
        "entries": sum(report.entries for report in reports),
        "signatures": sum(report.signatures for report in reports),
    }


def wait_for_keys(desk: Desk, other: str) -> None:
    """Wait for the other's log; Unreachable after STALL_S."""
    until = time.monotonic() + STALL_S
    while other not in desk.pinned.desks():
        if time.monotonic() > until:
            raise Unreachable(other)
        _sync(desk)
        time.sleep(PAUSE_S)


def _sync(desk: Desk) -> None:
    if not desk.try_sync(SYNC_S):
        time.sleep(PAUSE_S)


def _send(desk: Desk, other: DemoSite, count: int) -> None:
    drafts = itertools.islice(itertools.cycle(samples(other.desk)), count)
    while some := list(itertools.islice(drafts, AT_ONCE)):
        desk.send_all(some)


def _acknowledge(desk: Desk) -> int:
    waiting = desk.mailbox.search.ids(TO_ACKNOWLEDGE)[:ACKNOWLEDGED_AT_ONCE]
    names = [row.name for row in desk.mailbox.messages.rows(waiting)]
    if names:
        desk.acknowledge_all(names, pb.RELATION_ACKNOWLEDGED)
    return len(names)


def _count(desk: Desk) -> Counts:
    box = desk.mailbox
    asked = [box.messages.row(number).acknowledge for number in box.search.ids(SENT)]
    wanted = sum(each not in {"", "NONE"} for each in asked)
    return {
        "sent": len(asked),
        "delivered": len(box.search.ids(DELIVERED)),
        "cosigned": len(box.search.ids(COSIGNED)),
        "opened": len(box.search.ids(ARRIVED)),
        "acknowledged": wanted - len(box.search.ids(UNANSWERED)),
        "_wanted": wanted,
    }


def _totals(desks: list[Desk], before: list[Counts]) -> Counts:
    after = [_count(desk) for desk in desks]
    return {
        key: sum(now[key] - was[key] for now, was in zip(after, before, strict=True))
        for key in after[0]
    }


def _until_settled(
    desks: list[Desk], readers: list[Desk], whole: Callable[[], bool]
) -> bool:
    """Acknowledge by `readers` until settled; False after STALL_S without progress."""
    last, until = list[Counts](), time.monotonic() + STALL_S
    with ThreadPoolExecutor(len(desks)) as pool:
        while time.monotonic() < until:
            list(pool.map(_sync, desks))
            waited = sum(pool.map(_acknowledge, readers))
            if not waited and all(_quiet(desk) for desk in desks) and whole():
                return True
            counts = [_count(desk) for desk in desks]
            if counts != last:
                last, until = counts, time.monotonic() + STALL_S
    return False


def _whole(totals: Counts, bulletins: int, *, answered: bool) -> bool:
    keys = ("sent", "delivered", "cosigned", "opened")
    whole = all(totals[key] == bulletins for key in keys)
    return whole and (not answered or totals["acknowledged"] == totals["_wanted"])


def _answered(desks: list[Desk]) -> bool:
    counts = map(_count, desks)
    return all(count["acknowledged"] == count["_wanted"] for count in counts)


def _quiet(desk: Desk) -> bool:
    try:
        return not desk.mailbox.outbox.count_queued() and desk.ask().agree
    except Unreachable:
        return False


def _summary(desks: list[Desk], before: list[Counts]) -> dict[str, Any]:
    totals = _totals(desks, before)
    statuses = [desk.ask() for desk in desks]
    told = next((each for each in statuses if each.tls_version), statuses[0])
    return {
        "nodes": {each.node: _node(each) for each in statuses},
        "bulletins": {k: v for k, v in totals.items() if not k.startswith("_")},
        "tls": {"version": told.tls_version, "group": told.tls_group},
    }


def _node(status: desk_pb.GetStatusResponse) -> dict[str, Any]:
    own = checkpoint.log_origin(status.node)
    heads = [checkpoint.head_of(h.head) for h in status.heads]
    mine = next(head for head in heads if head.origin == own)
    root = mine.text().split(b"\n")[2].decode()
    return {
        "entries": mine.size,
        "head": {"origin": own, "size": mine.size, "root": root},
        "replicas": {head.origin: head.size for head in heads if head.origin != own},
    }


def _agrees(summary: dict[str, Any]) -> bool:
    sizes = {n["head"]["origin"]: n["head"]["size"] for n in summary["nodes"].values()}
    return all(
        sizes[origin] == size
        for node in summary["nodes"].values()
        for origin, size in node["replicas"].items()
    )


@contextmanager
def company(site: DemoSite, other: DemoSite) -> Iterator[None]:
    """Let an officer of `site` acknowledge at once, and send now and then."""
    over = threading.Event()

    def go_on() -> None:
        drafts, sent = itertools.cycle(samples(other.desk)), time.monotonic()
        with open_desk(site) as desk:
            while not over.wait(LOOK_S):
                if time.monotonic() - sent >= EVERY_S:
                    sent += EVERY_S
                    desk.send(next(drafts))
                _sync(desk)
                _acknowledge(desk)

    thread = threading.Thread(target=go_on, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
