"""The verdict on an entry or return just signed, before anyone else has it.

Same as `rules` and `return_call`, but a key not valid at the filing is explained: its
validity, and the remedy.
"""

from collections.abc import Iterable, Iterator

from exchange import envelope
from exchange.clock import time_of
from exchange.errors import Reason, Refusal, Why
from exchange.trust import rules
from exchange.trust.directory import Directory
from exchange.trust.registered_keys import Registered
from exchange.trust.return_call import check_return
from exchange.trust.statements import RELEASER
from exchange.v1 import envelope_pb2 as pb
from exchange.v1.desk_service_pb2 import ReturnDraftRequest


class EmptyLog:
    """A log without other entries: the node itself checks ids and names."""

    def knows_id(self, _: bytes) -> bool:
        return False

    def knows_name(self, _: bytes) -> bool:
        return False


def log_of(directory: Directory) -> rules.Log:
    return rules.Log(directory.node, directory, EmptyLog())


def judge_own(entry: bytes, log: rules.Log) -> rules.Accepted:
    """Return the verdict of every member; raises its Refusal."""
    parsed = envelope.split(entry)
    try:
        if rules.is_draft(parsed):
            return rules.check_draft(parsed, log)
        return rules.check(entry, log)
    except Refusal as refusal:
        if refusal.reason is not Reason.SIGNER_TIME:
            raise
        signers = [(signed.role, signed.kid) for signed in parsed.signatures]
        filed = parsed.core.filed
        raise next(_signer_times(signers, filed, log.directory), refusal) from None


def judge_return(
    call: ReturnDraftRequest, core: pb.Core, directory: Directory
) -> Registered:
    """Return the releaser's key, as `check_return`; raises its Refusal."""
    try:
        return check_return(call, core, directory)
    except Refusal as refusal:
        if refusal.reason is not Reason.SIGNER_TIME:
            raise
        signers = [(RELEASER, call.kid)]
        raise next(_signer_times(signers, call.time, directory), refusal) from None


def _signer_times(
    signers: Iterable[tuple[str, bytes]], filed: int, directory: Directory
) -> Iterator[Refusal]:
    """Yield a remedy for each key that was not valid at the filing."""
    for role, kid in signers:
        key = directory.signer(role, kid)
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
