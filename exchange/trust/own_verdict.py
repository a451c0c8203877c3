"""The verdict on what was just signed, before anybody else has it.

It is that of `rules`; only where a signer's key is not valid at the time of filing, it
is said in words for who signs: whose key, until or since when, and what to do.
"""

from collections.abc import Iterator

from exchange import envelope
from exchange.clock import time_of
from exchange.envelope import Parsed
from exchange.errors import Reason, Refusal, Why
from exchange.trust import rules
from exchange.trust.directory import Directory


class EmptyLog:
    """A log of which no entry is at hand: the node asks for ids and names itself."""

    def knows_id(self, _: bytes) -> bool:
        """Say that no entry has it."""
        return False

    def knows_name(self, _: bytes) -> bool:
        """Say that no entry has it."""
        return False


def log_of(directory: Directory) -> rules.Log:
    """Return the log of a directory, of which no other entry is at hand."""
    return rules.Log(directory.node, directory, EmptyLog())


def judge_own(entry: bytes, log: rules.Log) -> rules.Accepted:
    """Return what all will accept of an entry, or of a draft; raise their Refusal."""
    parsed = envelope.split(entry)
    try:
        if rules.is_draft(parsed):
            return rules.check_draft(parsed, log)
        return rules.check(entry, log)
    except Refusal as refusal:
        if refusal.reason is not Reason.SIGNER_TIME:
            raise
        raise next(_signer_times(parsed, log.directory), refusal) from None


def _signer_times(parsed: Parsed, directory: Directory) -> Iterator[Refusal]:
    """Yield what to do, for each signer whose key was not valid at the filing."""
    filed = parsed.core.filed
    for signed in parsed.signatures:
        key = directory.signer(signed.role, signed.kid)
        if key is not None and filed < key.valid_from:
            why = Why(
                "filed {filed}, but this key is valid from {begin} on; set the clock of"
                " the machine that signs",
                filed=time_of(filed),
                begin=time_of(key.valid_from),
            )
            yield Refusal(Reason.SIGNER_TIME, key.subject, why)
        if key is not None and filed > key.valid_until:
            why = Why(
                "filed {filed}, but this key ended {end}; check the clock, then run"
                " fusion keys renew --all-due",
                filed=time_of(filed),
                end=time_of(key.valid_until),
            )
            yield Refusal(Reason.SIGNER_TIME, key.subject, why)
