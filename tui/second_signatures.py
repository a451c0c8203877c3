"""The desk where a second officer signs: releases, and the hand-over of a shift.

Parts of `tui.desk.DeskProtocol`; what it says of calls holds here.
"""

from collections.abc import Sequence
from typing import Protocol

from exchange.desk.release_records import ReleaseItem, SignedReview
from exchange.desk.status_records import HandoverReview


class Releasing(Protocol):
    """The queue of release: bulletins that a second officer is to sign, by name."""

    def release_queue(self) -> Sequence[ReleaseItem]:
        """Return all of it, the first due first."""

    def open_release(self, name: bytes) -> SignedReview:
        """Return one as its author reviewed it; Refusal(NOT_FOUND)."""

    def other_officers(self) -> Sequence[str]:
        """Return the other officers (duty-2) whose keys are at this desk."""

    def release(self, name: bytes, officer: str = "", passphrase: str = "") -> str:
        """Sign a draft as a releaser; return its state: "queued" with the node away.

        By another officer who is here where one is named: the passphrase opens that
        one's keys, for this signature alone. Raises Refusal.
        """

    def give_back(self, name: bytes, code: str) -> str:
        """Give a draft back to its author; return the state as of `release`.

        `code` is one of the list return_code.
        """

    def countersign(self, name: bytes) -> str:
        """Sign afterwards, as a releaser, what went as an EMERGENCY; or a Refusal.

        Returns the state of the signature as of `release`.
        """


class HandingOver(Protocol):
    """The hand-over of a shift, signed by who leaves and by who comes."""

    def prepare_handover(self, officer: str) -> HandoverReview:
        """Return what this officer would hand over to another one (duty-2) here."""

    def newer_matters(self, record: bytes) -> str:
        """Return in words how many matters came since that was prepared, or ""."""

    def needs_pin(self, officer: str) -> bool:
        """Return whether the key of another officer (duty-2) is on a token."""

    def sign_handover(self, record: bytes, own: str, other: str, pin: str = "") -> int:
        """Sign what was prepared by the passphrases of both; return its number.

        `own` is that of this officer, `pin` opens the token of the other one. Refusal
        if one is wrong, or one of the officers may not sign.
        """

    def handovers(self) -> Sequence[HandoverReview]:
        """Return those that are kept, the newest first, each verified again."""
