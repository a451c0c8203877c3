"""The signer of a node's log; it remembers since when it fails.

A key on a token can fail at any time. Envelopes are then refused or wait, as with a
full disk, and an alarm is raised (`alarms`).
"""

import logging
from collections.abc import Callable

from exchange.errors import Refusal
from keys.signing import Signer

logger = logging.getLogger(__name__)


class LogSigner:
    """`failing_since` is the first failure (ms UTC), else None."""

    def __init__(self, signer: Signer, now: Callable[[], int]) -> None:
        self._signer = signer
        self._now = now
        self.algorithm = signer.algorithm
        self.public = signer.public
        self.kid = signer.kid
        self.failing_since: int | None = None

    def sign(self, message: bytes) -> bytes:
        """Raise the signer's Refusal(TOKEN)."""
        try:
            signature = self._signer.sign(message)
        except Refusal as refusal:
            if self.failing_since is None:
                self.failing_since = self._now()
                logger.error("the log is not signed: %s", refusal)  # noqa: TRY400  no fault of ours
            raise
        if self.failing_since is not None:
            self.failing_since = None
            logger.warning("the log is signed again")
        return signature
