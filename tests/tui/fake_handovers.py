"""A desk in memory hands shifts over (`exchange.desk.terminal.shift`)."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from exchange.desk.status_records import (
    HandoverLine,
    HandoverReview,
    HandoverSection,
)
from exchange.errors import Reason, Refusal
from tests.tui.examples import HOSTILE, NOW
from tests.tui.fake_releases import PASSPHRASE

SECTIONS = (
    HandoverSection(
        "Escalated: 1 bulletin",
        (HandoverLine("beijing.cn#3, escalated", f"Flood {HOSTILE}", "en"),),
    ),
    HandoverSection(
        "1 act of this shift",
        (HandoverLine("beijing.cn#3, 2026-11-24T05:00:00Z duty-1: ack", "", "en"),),
    ),
)


@dataclass(kw_only=True)
class FakeHandovers:
    """What was handed over, and what is kept."""

    handed: list[HandoverReview] = field(default_factory=list)
    matters: Sequence[HandoverSection] = SECTIONS
    """What is open, and was done."""
    newer: str = ""
    """What came since it was made, in words."""
    pin: str = ""
    """Of the token with the key of who comes."""

    def prepare_handover(self, officer: str) -> HandoverReview:
        return HandoverReview(
            "duty-1@ops.islamabad.pk",
            f"{officer}@ops.islamabad.pk",
            NOW - 8 * 3_600_000,
            NOW,
            "1 matter is open; 1 act of this shift",
            self.matters,
            b"{}",
        )

    def newer_matters(self, record: bytes) -> str:  # noqa: ARG002 - as a desk
        return self.newer

    def needs_pin(self, officer: str) -> bool:  # noqa: ARG002 - as a desk
        return bool(self.pin)

    def sign_handover(self, record: bytes, own: str, other: str, pin: str = "") -> int:
        if pin != self.pin:
            raise Refusal(Reason.TOKEN, "officers/duty-2.key")
        if {own, other} != {PASSPHRASE}:
            raise Refusal(Reason.KEYSTORE, "officers/duty-2.key")
        made = self.prepare_handover("duty-2")._replace(record=record)
        self.handed.insert(0, made._replace(number=len(self.handed) + 1))
        return len(self.handed)

    def handovers(self) -> Sequence[HandoverReview]:
        return self.handed
