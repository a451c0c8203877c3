"""Who may release an envelope (docs/spec/release.md, "Who releases"); pure."""

from collections.abc import Sequence

from exchange.errors import Reason, Refusal
from exchange.trust import names
from exchange.trust.registered_keys import Registered
from exchange.trust.release_policy import ReleasePolicy
from exchange.trust.statements import AUTHOR
from exchange.v1 import envelope_pb2 as pb


def review_desk(core: pb.Core) -> str:
    """Return the one in class REVIEW; "" if none."""
    review = pb.RECIPIENT_CLASS_REVIEW
    return next((r.desk for r in core.recipients if r.recipient_class == review), "")


def check_release(
    core: pb.Core, signers: Sequence[Registered], policy: ReleasePolicy
) -> None:
    """Raise Refusal(SIGNERS | RELEASE) unless these may release an envelope.

    `signers` are one of each role, of two officers; `core.author` is one of them.

    1. `core.author` signed in role author, not releaser (SIGNERS).
    2. At most one desk has class REVIEW: of the author's node, not his own, and only if
       the envelope needs a review.
    3. A releaser is of the author's desk, or of the review desk.
    4. If the policy requires two officers, the author alone is not enough.
    """
    # 1
    author = next(one for one in signers if one.kid == core.author)
    if author.role != AUTHOR:
        raise Refusal(Reason.SIGNERS, "author")
    # 2
    own = names.desk_of(author.subject)
    _check_review(core, own)
    # 3
    releasers = {names.desk_of(one.subject) for one in signers if one is not author}
    if not releasers <= {own, review_desk(core)}:
        raise Refusal(Reason.RELEASE, "releaser")
    # 4
    if core.release == pb.RELEASE_NONE and policy.needs_two(core):
        raise Refusal(Reason.RELEASE, "release")


def _check_review(core: pb.Core, own: str) -> None:
    review = pb.RECIPIENT_CLASS_REVIEW
    desks = {r.desk for r in core.recipients if r.recipient_class == review}
    if not desks:
        return
    of_node = {names.node_of(desk) for desk in desks} == {names.node_of(own)}
    if len(desks) > 1 or own in desks or not of_node:
        raise Refusal(Reason.RELEASE, "recipients.class")
    if core.release == pb.RELEASE_NONE:
        raise Refusal(Reason.RELEASE, "release")
