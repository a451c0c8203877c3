"""Faults of the own node with drafts, by name; kept until it is corrected."""

import json
from collections.abc import Mapping

from msgspec import Struct

from exchange.desk.mailbox import Mailbox
from exchange.limits import DRAFT_FAULTS_MAX

HIDDEN, ALTERED, REPLAYED = "HIDDEN", "ALTERED", "REPLAYED"
UNSIGNED = "UNSIGNED"
"""It is said to be given back without a releaser's signature. Others are a Reason."""
_KEY = "draft-faults"


class DraftFaults(Struct, frozen=True):
    """At most DRAFT_FAULTS_MAX, the newest; within the caller's transaction."""

    _mailbox: Mailbox

    def all(self) -> Mapping[str, str]:
        """Return the faults, by the names of drafts in hex."""
        found = json.loads(self._mailbox.settings.get(_KEY, "{}"))
        return found if isinstance(found, dict) else {}

    def note(self, name: bytes, what: str) -> None:
        """Note a fault with a draft."""
        found = dict(self.all())
        if found.get(name.hex()) == what:
            return
        found.pop(name.hex(), None)
        newest = [*found.items(), (name.hex(), what)][-DRAFT_FAULTS_MAX:]
        self._mailbox.settings.set(_KEY, json.dumps(dict(newest)))

    def clear(self, name: bytes) -> None:
        """Forget a draft's fault: the node corrected it."""
        found = dict(self.all())
        if found.pop(name.hex(), None) is not None:
            self._mailbox.settings.set(_KEY, json.dumps(found))
