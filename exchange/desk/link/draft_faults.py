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
    """Keeps the DRAFT_FAULTS_MAX newest; within the caller's transaction."""

    _mailbox: Mailbox

    def all(self) -> Mapping[str, str]:
        """Return them by the draft's name in hex."""
        found = json.loads(self._mailbox.settings.get(_KEY, "{}"))
        return found if isinstance(found, dict) else {}

    def note(self, name: bytes, what: str) -> None:
        found = dict(self.all())
        if found.get(name.hex()) == what:
            return
        found.pop(name.hex(), None)
        newest = [*found.items(), (name.hex(), what)][-DRAFT_FAULTS_MAX:]
        self._mailbox.settings.set(_KEY, json.dumps(dict(newest)))

    def clear(self, name: bytes) -> None:
        found = dict(self.all())
        if found.pop(name.hex(), None) is not None:
            self._mailbox.settings.set(_KEY, json.dumps(found))
