"""The desk for second officers: releases, and the hand-over of a shift.

Parts of `tui.desk.DeskProtocol`; its rules for calls apply here.
"""

from collections.abc import Sequence
from typing import Protocol

from exchange.desk.release_records import ReleaseItem, SignedReview
from exchange.desk.status_records import HandoverReview


class Releasing(Protocol):
    """The release queue: bulletins that need a second officer's signature, by name."""

    def release_queue(self) -> Sequence[ReleaseItem]:
        """Return it, the first due first."""

    def open_release(self, name: bytes) -> SignedReview:
        """Return it as its author reviewed it; Refusal(NOT_FOUND)."""

    def other_officers(self) -> Sequence[str]:
        """Return those (duty-2) with keys at this desk."""

    def release(self, name: bytes, officer: str = "", passphrase: str = "") -> str:
        """Sign a draft as a releaser; return its state: "queued" with the node away.

        If another officer is named, the passphrase opens that officer's keys, for this
        signature only. Raises Refusal.
        """

    def give_back(self, name: bytes, code: str) -> str:
        """Return a draft to its author; return the state as of `release`.

        `code` is one of the list return_code.
        """

    def countersign(self, name: bytes) -> str:
        """Sign an EMERGENCY bulletin afterwards, as a releaser; or raise Refusal.

        Returns the state of the signature as of `release`.
        """


class HandingOver(Protocol):
    """The hand-over of a shift, signed by the outgoing and the incoming officer."""

    def prepare_handover(self, officer: str) -> HandoverReview:
        """Return this officer's to another one (duty-2) here."""

    def newer_matters(self, record: bytes) -> str:
        """Return their number in words, or ""."""

    def needs_pin(self, officer: str) -> bool:
        """Return whether that officer's key (duty-2) is on a token."""

    def sign_handover(self, record: bytes, own: str, other: str, pin: str = "") -> int:
        """Sign a prepared hand-over with both passphrases; return its number.

        `own` is this officer's, `pin` opens the other's token. Refusal if one is wrong,
        or one of the officers may not sign.
        """

    def handovers(self) -> Sequence[HandoverReview]:
        """Return the newest first, each verified again."""
