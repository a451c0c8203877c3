"""Policies: the two forms of a POLICY statement (docs/spec/statements.md, "Policies").

retention <days> LF      how long wraps and bodies are kept past `expires`
a C2SP tlog-policy       who must have cosigned a head of the log it stands in

Of each the newest counts. A statement that says neither is REFUSED.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import replace

from exchange.errors import Reason, Refusal
from exchange.ledger.note import Vkey
from exchange.ledger.policy import Policy, default_policy
from exchange.limits import DAY, RETENTION_DAYS_MAX
from exchange.trust.bundle import Bundle

_RETENTION = re.compile(rb"retention (0|[1-9][0-9]{0,5})\n")


def read(text: bytes) -> Policy | int:
    """Return a policy, or a retention in ms; Refusal(POLICY) if it is neither."""
    if not text.startswith(b"retention"):
        return Policy.parse(text)
    found = _RETENTION.fullmatch(text)
    if found is None or int(found[1]) > RETENTION_DAYS_MAX:
        raise Refusal(Reason.POLICY, "retention")
    return int(found[1]) * DAY


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
