"""Our errors as google.rpc.Status: one table, read in both directions."""

from collections.abc import Mapping

import grpc
from google.protobuf import any_pb2
from google.protobuf.message import DecodeError
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc_status import rpc_status

from exchange.errors import FusionError, Reason, Refusal, Tampered, Unreachable

DOMAIN = "fusion.exchange.v1"

_BY_CODE: Mapping[int, tuple[Reason, ...]] = {
    code_pb2.UNAUTHENTICATED: (
        Reason.TLS_VERSION,
        Reason.TLS_GROUP,
        Reason.IDENTITY,
        Reason.DOMAIN_CA,
        Reason.CERTIFICATE_TIME,
        Reason.NOT_PINNED,
    ),
    code_pb2.PERMISSION_DENIED: (
        Reason.METHOD,
        Reason.ORIGIN,
        Reason.SIGNER_UNKNOWN,
        Reason.SIGNER_TIME,
        Reason.SIGNER_REVOKED,
        Reason.SIGNERS,
        Reason.SIGNATURE,
        Reason.RELEASE,
        Reason.NOT_RELEASABLE,
        Reason.SUSPENDED,
        Reason.COSIGNATURE,
        Reason.HEAD,
    ),
    code_pb2.INVALID_ARGUMENT: (
        Reason.DEADLINE,
        Reason.SIZE,
        Reason.NOT_CANONICAL,
        Reason.VERSION,
        Reason.KIND,
        Reason.LABEL,
        Reason.RECIPIENTS,
        Reason.STATEMENT,
        Reason.KEY,
        Reason.WRAPS,
        Reason.BODY,
        Reason.KEY_GONE,
        Reason.SEAL,
        Reason.PADDING,
        Reason.CONTENT,
        Reason.NOTE,
        Reason.PROOF,
        Reason.INPUT,
        Reason.FIELD_MISSING,
        Reason.FIELD_UNKNOWN,
        Reason.FIELD_VALUE,
        Reason.CODE_UNKNOWN,
        Reason.TOO_LONG,
        Reason.LANGUAGE,
        Reason.SPAN,
        Reason.UNMARKED,
        Reason.PERSONAL_DATA,
        Reason.TRANSLATION,
        Reason.AMBIGUOUS,
        Reason.POLICY,
    ),
    code_pb2.FAILED_PRECONDITION: (
        Reason.SUITE,
        Reason.REFERENCES,
        Reason.RECIPIENT_UNKNOWN,
        Reason.STALE,
        Reason.BUNDLE,
        Reason.SERIAL,
        Reason.KEYSTORE,
        Reason.KEY_FILE,
        Reason.HOME,
        Reason.HOME_EXISTS,
        Reason.LOCKED,
        Reason.PORT,
        Reason.DATABASE,
        Reason.ATTACHMENT,
        Reason.CLOCK,
        Reason.SKEW,
        Reason.FORMAT,
        Reason.UPGRADE,
    ),
    code_pb2.ALREADY_EXISTS: (
        Reason.DUPLICATE_ID,
        Reason.DUPLICATE_NAME,
        Reason.DUPLICATE_LINK,
    ),
    code_pb2.OUT_OF_RANGE: (Reason.TIME, Reason.POSITION),
    code_pb2.ABORTED: (Reason.CONFLICT, Reason.FORK),
    code_pb2.DATA_LOSS: (
        Reason.ROOT,
        Reason.MISSING,
        Reason.DIRECTORY,
        Reason.HIDDEN,
        Reason.NOT_LOGGED,
        Reason.STALLED,
    ),
    code_pb2.NOT_FOUND: (Reason.NOT_FOUND, Reason.ERASED),
    code_pb2.RESOURCE_EXHAUSTED: (
        Reason.RATE,
        Reason.QUOTA,
        Reason.BUDGET,
        Reason.DISK,
    ),
    code_pb2.UNAVAILABLE: (
        Reason.UNREACHABLE,
        Reason.BUSY,
        Reason.WITNESS,
        Reason.MACHINE,
        Reason.EMCON,
        Reason.MINIMIZE,
        Reason.NOT_WRITER,
        Reason.TOKEN,
    ),
    code_pb2.INTERNAL: (Reason.INTERNAL,),
}
CODES: dict[Reason, int] = {
    reason: code for code, reasons in _BY_CODE.items() for reason in reasons
}
# gRPC's details for calls beyond STREAMS_MAX on one connection; no handler sees them.
TOO_MANY_STREAMS = "Stream refused by server"
_RETRY = frozenset({Reason.UNREACHABLE, Reason.BUSY})


def to_status(error: FusionError) -> status_pb2.Status:
    detail = any_pb2.Any()
    detail.Pack(
        error_details_pb2.ErrorInfo(
            reason=error.reason, domain=DOMAIN, metadata={"where": error.where}
        )
    )
    code = CODES[error.reason]
    return status_pb2.Status(code=code, message=str(error), details=[detail])


def from_rpc_error(error: grpc.RpcError, where: str) -> FusionError:
    """Return Unreachable if it is none of ours.

    `where` names the other side for people: "node", a partner's name.
    """
    info = _info(error)
    if info is None:
        busy = str(getattr(error, "details", str)()) == TOO_MANY_STREAMS
        return Unreachable(where, Reason.BUSY if busy else Reason.UNREACHABLE)
    reason = Reason(info.reason)
    told = info.metadata["where"] or where
    if reason in _RETRY:
        return Unreachable(told, reason)
    return Tampered(reason, told) if reason in _TAMPERED else Refusal(reason, told)


_WORDS = Reason.__members__  # before Python 3.12 `in Reason` does not accept a str
_TAMPERED = frozenset({Reason.FORK, Reason.MISSING, Reason.ROOT})


def _info(error: grpc.RpcError) -> error_details_pb2.ErrorInfo | None:
    try:
        # The stub asks for a grpc.Call; an RpcError has all the members used.
        status = rpc_status.from_call(error)  # type: ignore[arg-type]
    except (ValueError, DecodeError):  # code and details disagree, or are no status
        return None
    for detail in status.details if status else ():
        info = error_details_pb2.ErrorInfo()
        if detail.Unpack(info) and info.domain == DOMAIN and info.reason in _WORDS:
            return info
    return None
