"""Policies: the forms of a POLICY statement (docs/spec/statements.md, "Policies").

retention <days> LF      how long wraps and bodies are kept past `expires`
rules <number> LF        the rules of the verdict on later entries
release LF ...           envelopes that need two officers
a C2SP tlog-policy       the cosigners that a head of this log needs

The newest of each counts. Any other statement is REFUSED.
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
    """The rules of the verdict for a log from the next index on."""

    number: int


Stated = Policy | int | RulesVersion | ReleasePolicy
"""A policy of cosigners, a retention in ms, the rules of the verdict, or a release."""


def read(text: bytes) -> Stated:
    """Raise Refusal(POLICY) if it is none of the four."""
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
    return text.startswith(b"rules")


def retention(days: int) -> bytes:
    """Raise Refusal(POLICY) if out of bounds."""
    text = b"retention %d\n" % days
    read(text)
    return text


def policy_in_force(
    text: bytes | None, node: str, bundles: Mapping[str, Bundle]
) -> Policy:
    """`text` is from the log's directory; without it, the default.

    `bundles` are all imported ones, by domain.
    """
    if text is None:
        return default_policy(node, bundles)
    nodes = [node for bundle in bundles.values() for node in bundle.nodes.values()]
    pinned = {key for node in nodes for key in (*node.logs, *node.cosigners)}
    return genuine(Policy.parse(text), pinned)


def genuine(policy: Policy, pinned: Collection[Vkey]) -> Policy:
    """Return the policy without witnesses that impersonate a pinned node.

    A nation's roots may name another nation's node as cosigner; if the key under that
    name is not pinned, its lines must not count. A requirement for it is then never
    met.
    """
    names = {vkey.name for vkey in pinned}
    witnesses = {
        name: witness
        for name, witness in policy.witnesses.items()
        if witness.vkey in pinned or witness.vkey.name not in names
    }
    return replace(policy, witnesses=witnesses)
