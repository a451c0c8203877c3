"""Opening a node, the work due with time, and closing it."""

import logging

from exchange.errors import Reason, Refusal
from exchange.limits import DAY, MINUTE
from exchange.node import (
    batch_chain,
    directory_heads,
    drafts,
    express_inbox,
    own_log,
    peer_heads,
    replicas,
    retention,
    submissions,
)
from exchange.node.node import Node

logger = logging.getLogger(__name__)


def catch_up(node: Node) -> Node:
    """Bring a node up to date with its store.

    Compares the heads that earlier processes saw, drops directory heads that the own
    logs did not sign, and shows stored heads of partners' logs. A standby leaves that
    to the writer.
    """
    if node.term.standby:
        return node
    for log in node.members.logs(node.name):
        if node.store.logs.size(log) and node.store.directories.drop_unsigned(log):
            logger.warning("directory heads of %s that it did not sign: dropped", log)
    peer_heads.recall_sightings(node)
    for log in node.store.logs.origins():
        if log != node.origin:
            batch_chain.publish_replica(node, log)
    return node


def tick(node: Node) -> None:
    look_at_clock(node)
    take_posture(node)
    node.startup.excuse(node.emitted.excused())
    replicas.refill(node)
    _sign_due(node)
    elapsed, schedule = node.clock.elapsed(), node.schedule
    node.pruner.run(elapsed)
    if elapsed >= schedule.give_up_at:
        schedule.give_up_at = elapsed + MINUTE
        retention.give_up_texts(node.store, node.signed_time.past, node.clock.now())
        drafts.lapse(node)
    if schedule.erase_at is None or elapsed >= schedule.erase_at:
        schedule.erase_at = elapsed + MINUTE  # if it fails, it is soon retried
        if erased := retention.erase_expired(node):
            logger.info("erased after their retention: %s", erased)
        if schedule.erased_to:  # the next tick goes on
            schedule.erase_at = elapsed
        else:
            schedule.erase_at = elapsed + DAY
            express_inbox.forget_old(node)
    node.signed_time.save()
    node.quota.tick(node.store.budgets)
    _save_record(node)
    node.store.retention.copy_wal_back()
    if moved := node.cold.run(node.signed_time.past, node.clock.now()):
        logger.info("bundles of old entries moved into files: %s", moved)


def _sign_due(node: Node) -> None:
    """Sign what is due; a token that does not sign delays nothing else.

    It raises an alarm (`alarms`), and the next tick tries again.
    """
    try:
        submissions.place_pending(node)
        directory_heads.renew(node)
    except Refusal as refusal:
        if refusal.reason is not Reason.TOKEN:
            raise


def close(node: Node) -> None:
    """Close a node; all committed entries are signed.

    A write that fails is left to the next start. A process that may not write leaves
    all to the writer.
    """
    if not node.term.writes:
        return
    try:
        own_log.publish(node)
        node.quota.save(node.store.budgets, whole=True)
        _save_record(node)
    except Refusal as refusal:
        logger.warning("closing: %s", refusal.reason)


def _save_record(node: Node) -> None:
    if node.startup.heard_enough(node.clock.elapsed()):
        node.term.settle()
        node.emitted.save(node.store)


def take_posture(node: Node) -> None:
    """Apply the posture; links and desks hear of a change.

    An unreadable file changes nothing, and is logged.
    """
    try:
        posture = node.read_posture()
    except Refusal as refusal:
        logger.warning("the posture cannot be read: %s", refusal.where)
        return
    if posture != node.posture:
        node.posture = posture
        minimize = "on" if posture.minimize else "off"
        suspended = " ".join(sorted(posture.suspended)) or "none"
        told = "MINIMIZE %s, EMCON %s, suspended %s"
        logger.warning(told, minimize, posture.emcon, suspended)
        node.on_change()


def look_at_clock(node: Node) -> None:
    """Check the clock, with an operator's confirmation."""
    before = node.clock.alarmed_at
    if node.confirmed():
        node.signed_time.confirm()
        logger.warning("the clock was confirmed by an operator")
    node.clock.tick()
    after = node.clock.alarmed_at
    if after is not None and before is None:
        logger.error("the clock was moved: CLOCK")
        node.on_change()
