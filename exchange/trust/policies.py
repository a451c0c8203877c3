"""Policies: the forms of a POLICY statement (docs/spec/statements.md, "Policies").

retention <days> LF      how long wraps and bodies are kept past `expires`
rules <number> LF        the rules of the verdict on what stands above it
release LF ...           what may be let out by two officers only
a C2SP tlog-policy       who must have cosigned a head of the log it stands in

Of each the newest counts. A statement that says none of them is REFUSED.
"""

import re
from collections.abc import Collection, Mapping

from msgspec import Struct
from msgspec.structs import replace

from exchange.errors import Reason, Refusal
from exchange.ledger.note import Vkey
from exchange.ledger.policy import Policy, default_policy
from exchange.limits import DAY, RETENTION_DAYS_MAX
from exchange.trust.bundle import Bundle
from exchange.trust.release_policy import HEADING, ReleasePolicy, read_release

_RETENTION = re.compile(rb"retention (0|[1-9][0-9]{0,5})\n")
_RULES = re.compile(rb"rules ([1-9][0-9]{0,8})\n")


class RulesVersion(Struct, frozen=True):
    """The rules of the verdict by which a log is judged from the next index on."""

    number: int


Stated = Policy | int | RulesVersion | ReleasePolicy
"""A policy of cosigners, a retention in ms, the rules of the verdict, or a release."""


def read(text: bytes) -> Stated:
    """Return what a statement says; Refusal(POLICY) if it is none of the four."""
    if is_rules(text):
        version = _RULES.fullmatch(text)
        if version is None:
            raise Refusal(Reason.POLICY, "rules")
        return RulesVersion(int(version[1]))
    if text.startswith(HEADING):
        return read_release(text)
    if not text.startswith(b"retention"):
        return Policy.parse(text)
    found = _RETENTION.fullmatch(text)
    if found is None or int(found[1]) > RETENTION_DAYS_MAX:
        raise Refusal(Reason.POLICY, "retention")
    return int(found[1]) * DAY


def is_rules(text: bytes) -> bool:
    """Whether a text is, or fails to be, one that states the rules."""
    return text.startswith(b"rules")


def retention(days: int) -> bytes:
    """Return the text that states a retention; Refusal(POLICY) out of its bounds."""
    text = b"retention %d\n" % days
    read(text)
    return text


def policy_in_force(
    text: bytes | None, node: str, bundles: Mapping[str, Bundle]
) -> Policy:
    """Return the policy of a node's log: what `text`, its directory's, says, if any.

    `bundles` are all imported ones, by domain: without a text the default counts.
    """
    if text is None:
        return default_policy(node, bundles)
    nodes = [node for bundle in bundles.values() for node in bundle.nodes.values()]
    pinned = {key for node in nodes for key in (*node.logs, *node.cosigners)}
    return genuine(Policy.parse(text), pinned)


def genuine(policy: Policy, pinned: Collection[Vkey]) -> Policy:
    """Return the policy without witnesses that pass for somebody who is pinned.

    A nation's roots may ask another's node to cosign; another key under its name is
    nobody's, and its lines must count nowhere. What asks for it is then never met.
    """
    names = {vkey.name for vkey in pinned}
    witnesses = {
        name: witness
        for name, witness in policy.witnesses.items()
        if witness.vkey in pinned or witness.vkey.name not in names
    }
    return replace(policy, witnesses=witnesses)
