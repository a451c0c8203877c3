"""A node is opened, does what is due as time goes by, and is closed."""

import logging

from exchange.clock import Clock
from exchange.errors import Refusal
from exchange.limits import DAY, MINUTE
from exchange.node import own_log, peer_heads, replicas, retention, submissions
from exchange.node.disk_use import Quota
from exchange.node.members import Members
from exchange.node.node import Node, NodeKeys
from exchange.node.start_up import EmissionRecord
from exchange.store import Store

logger = logging.getLogger(__name__)


def open_node(  # noqa: PLR0913, PLR0917  all that a node is made of
    members: Members,
    store: Store,
    keys: NodeKeys,
    clock: Clock,
    quota: Quota | None = None,
    record: EmissionRecord | None = None,
) -> Node:
    """Return a node that goes on from what is stored, as the writer of its store.

    It has compared the heads that earlier processes saw, and shows what is stored of
    partners' logs and was not shown.
    """
    node = Node(members, store, keys, clock, quota, record)
    peer_heads.recall_sightings(node)
    for log in store.logs.origins():
        if log != node.origin:
            replicas.publish_replica(node, log)
    return node


def tick(node: Node) -> None:
    """Give what waits its place, forget heads that others cover, erase texts."""
    _look_at_clock(node)
    node.startup.excuse(node.emitted.excused())
    replicas.refill(node)
    submissions.place_pending(node)
    elapsed, schedule = node.clock.elapsed(), node.schedule
    node.pruner.run(elapsed)
    if elapsed >= schedule.give_up_at:
        schedule.give_up_at = elapsed + MINUTE
        retention.give_up_texts(node.store, node.signed_time.past, node.clock.now())
    if schedule.erase_at is None or elapsed >= schedule.erase_at:
        schedule.erase_at = elapsed + MINUTE  # where it fails, it is tried again soon
        if erased := retention.erase_expired(node):
            logger.info("erased after their retention: %s", erased)
        schedule.erase_at = elapsed + DAY
    node.signed_time.save()
    _save_record(node)


def close(node: Node) -> None:
    """Leave nothing behind that is committed and not signed; then keep the record.

    What the disk does not take now, the next start does.
    """
    try:
        own_log.publish(node)
        _save_record(node)
    except Refusal as refusal:
        logger.warning("closing: %s", refusal.reason)


def _save_record(node: Node) -> None:
    """Keep what was shown, outside of the database, once it may be relied on."""
    if node.startup.heard_enough(node.clock.elapsed()):
        node.emitted.save(node.store)


def _look_at_clock(node: Node) -> None:
    before = node.clock.alarmed_at
    if node.confirmed():
        node.signed_time.confirm()
        logger.warning("the clock was confirmed by an operator")
    node.clock.tick()
    after = node.clock.alarmed_at
    if after is not None and before is None:
        logger.error("the clock was moved: CLOCK")
        node.on_change()
