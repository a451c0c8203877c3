"""A releaser returns a draft (docs/spec/release.md, "Return"); pure.

Made at the releaser's desk; checked by the node, then by the author's desk.
"""

from exchange.core import HASH_SIZE, TIME_MAX
from exchange.errors import Reason, Refusal
from exchange.trust import names
from exchange.trust.directory import Directory
from exchange.trust.registered_keys import Registered
from exchange.trust.release import review_desk
from exchange.trust.statements import AUTHOR, RELEASER
from exchange.v1 import envelope_pb2 as pb
from exchange.v1.desk_service_pb2 import ReturnCode, ReturnDraftRequest
from keys.errors import BadSignature
from keys.pae import pae
from keys.signing import Signer, verify

TIME_SIZE = 8


def sign_return(
    name: bytes, code: "ReturnCode.ValueType", time: int, releaser: Signer
) -> ReturnDraftRequest:
    """`time` is ms UTC."""
    call = ReturnDraftRequest(name=name, code=code, time=time, kid=releaser.kid)
    call.signature = releaser.sign(_to_sign(call))
    return call


def check_form(call: ReturnDraftRequest) -> None:
    """Raise Refusal(INPUT), naming the field, unless a call is well formed."""
    known = {number for number in ReturnCode.values() if number}
    for field, right in (
        ("name", len(call.name) == HASH_SIZE),
        ("code", call.code in known),
        ("time", 0 < call.time <= TIME_MAX),
        ("kid", len(call.kid) == HASH_SIZE),
    ):
        if not right:
            raise Refusal(Reason.INPUT, field)


def check_return(
    call: ReturnDraftRequest, core: pb.Core, directory: Directory
) -> Registered:
    """Return the key of the releaser who returns a draft, or raise a Refusal.

    `core` is the draft's header, `directory` that of its node's log.

    1. The call is well formed (INPUT).
    2. The key is a releaser's of this node, unrevoked and valid at the time (SIGNER_*).
    3. He may release the draft: not the author, but of the author's desk or the desk in
       class REVIEW (RELEASE).
    4. The signature (SIGNATURE).
    """
    # 1
    check_form(call)
    # 2
    signer = directory.signer(RELEASER, call.kid)
    if signer is None:
        raise Refusal(Reason.SIGNER_UNKNOWN, "kid")
    if directory.revoked_since(signer.kid, signer.subject) is not None:
        raise Refusal(Reason.SIGNER_REVOKED, "kid")
    if not signer.valid_from <= call.time <= signer.valid_until:
        raise Refusal(Reason.SIGNER_TIME, "time")
    # 3
    author = directory.signer(AUTHOR, core.author)
    if author is None:
        raise Refusal(Reason.SIGNER_UNKNOWN, "author")
    desks = {names.desk_of(author.subject), review_desk(core)}
    if signer.subject == author.subject or names.desk_of(signer.subject) not in desks:
        raise Refusal(Reason.RELEASE, "kid")
    # 4
    try:
        verify(signer.algorithm, signer.public, call.signature, _to_sign(call))
    except BadSignature:
        raise Refusal(Reason.SIGNATURE, "signature") from None
    return signer


def _to_sign(call: ReturnDraftRequest) -> bytes:
    code = ReturnCode.Name(call.code).removeprefix("RETURN_CODE_").encode("ascii")
    return pae("return", call.name, code, call.time.to_bytes(TIME_SIZE))
