"""The class of each reason of Submit (docs/spec/errors.md, "Classes").

    FINAL   always wrong: the envelope is dropped, and its sender is informed
    LATER   may be recorded later: the same envelope is resubmitted
    RESIGN  only the signed data is wrong: an officer signs again, under a new id

A node marks an answer as LATER (`Submitted.later`) if it knows that the missing part
may still come: REFERENCES while a log is behind, for example. Otherwise the table
decides. TIME depends on how far ahead `filed` is: see `of_answer`.
"""

from collections.abc import Mapping
from enum import StrEnum

from exchange.errors import Reason
from exchange.limits import DAY, FILED_AHEAD_MAX


class RefusalClass(StrEnum):
    FINAL = "FINAL"
    LATER = "LATER"
    RESIGN = "RESIGN"


_FINAL = (
    # Faults of the envelope, for any node at any time.
    Reason.SIZE,
    Reason.NOT_CANONICAL,
    Reason.VERSION,
    Reason.SUITE,
    Reason.KIND,
    Reason.ORIGIN,
    Reason.LABEL,
    Reason.NOT_RELEASABLE,
    Reason.RECIPIENTS,
    Reason.SUSPENDED,
    Reason.DUPLICATE_ID,
    Reason.DUPLICATE_NAME,
    Reason.SIGNER_REVOKED,
    Reason.SIGNERS,
    Reason.SIGNATURE,
    Reason.RELEASE,
    Reason.STATEMENT,
    Reason.SERIAL,
    Reason.POLICY,
    Reason.FIELD_VALUE,
    Reason.KEY,
    Reason.WRAPS,
    Reason.BODY,
    Reason.METHOD,
    # Of the HEAD that opens log n + 1.
    Reason.NOTE,
    Reason.HEAD,
    Reason.COSIGNATURE,
    # Unless the node reports that a log is behind.
    Reason.SIGNER_UNKNOWN,
    Reason.RECIPIENT_UNKNOWN,
    Reason.REFERENCES,
)
_OF_THE_NODE = (
    # The node's present state, for any envelope.
    Reason.BUSY,
    Reason.CONFLICT,
    Reason.DISK,
    Reason.LOCKED,
    Reason.DATABASE,
    Reason.RATE,
    Reason.NOT_WRITER,
    Reason.TOKEN,
    Reason.INTERNAL,
    Reason.UNREACHABLE,
    # Its program, until a newer one is installed.
    Reason.UPGRADE,
    # Its own log, until operators repair it or open log n + 1.
    Reason.FORK,
    Reason.MISSING,
    Reason.ROOT,
    Reason.POSITION,
)
_LATER = (
    *_OF_THE_NODE,
    Reason.TIME,
    Reason.MINIMIZE,
    Reason.EMCON,
    Reason.QUOTA,
    Reason.ATTACHMENT,
)
_RESIGN = (
    Reason.SIGNER_TIME,
    Reason.KEY_GONE,  # a recipient's key that is revoked, or was replaced long ago
)

CLASSES: Mapping[Reason, RefusalClass] = {
    **dict.fromkeys(_FINAL, RefusalClass.FINAL),
    **dict.fromkeys(_LATER, RefusalClass.LATER),
    **dict.fromkeys(_RESIGN, RefusalClass.RESIGN),
}
"""The class of every reason that Submit returns."""
NEVER_ANSWERED = frozenset(
    {
        # From the gate, before an envelope is read: it refuses the whole call.
        Reason.TLS_VERSION,
        Reason.TLS_GROUP,
        Reason.IDENTITY,
        Reason.DOMAIN_CA,
        Reason.CERTIFICATE_TIME,
        Reason.NOT_PINNED,
        Reason.DEADLINE,
        # From a desk or an auditor, about data they read.
        Reason.SEAL,
        Reason.PADDING,
        Reason.CONTENT,
        Reason.FORMAT,
        Reason.PROOF,
        Reason.ERASED,
        Reason.WITNESS,
        Reason.DIRECTORY,
        Reason.HIDDEN,
        Reason.NOT_LOGGED,
        Reason.STALLED,
        Reason.BUDGET,
        # From files, homes and typed input, before there is an envelope.
        Reason.BUNDLE,
        Reason.KEYSTORE,
        Reason.KEY_FILE,
        Reason.HOME,
        Reason.HOME_EXISTS,
        Reason.PORT,
        Reason.INPUT,
        Reason.FIELD_MISSING,
        Reason.FIELD_UNKNOWN,
        Reason.CODE_UNKNOWN,
        Reason.TOO_LONG,
        Reason.LANGUAGE,
        Reason.SPAN,
        Reason.UNMARKED,
        Reason.PERSONAL_DATA,
        Reason.TRANSLATION,
        Reason.STALE,
        Reason.MACHINE,
        Reason.NOT_FOUND,
        Reason.AMBIGUOUS,
        # From the machine, or the link to a partner.
        Reason.CLOCK,
        Reason.SKEW,
        Reason.DUPLICATE_LINK,
    }
)
"""Reasons that Submit never returns, so they have no class."""
OF_THE_NODE = frozenset(_OF_THE_NODE)
"""Answers independent of the envelope: the next one gets the same."""


def of_answer(reason: Reason, *, later: bool, filed: int, now: int) -> RefusalClass:
    """`later` is the node's mark, the times ms UTC.

    TIME is LATER if, by the desk's clock, the node will take it within a day: else the
    desk's clock was wrong at signing. For a reason not in the table only the node's
    mark counts.
    """
    if reason is Reason.TIME:
        near = not_before(reason, filed) - now <= DAY
        return RefusalClass.LATER if near else RefusalClass.RESIGN
    if later:
        return RefusalClass.LATER
    return CLASSES.get(reason, RefusalClass.FINAL)


def not_before(reason: Reason, filed: int) -> int:
    """Return ms UTC; 0 for any."""
    return filed - FILED_AHEAD_MAX if reason is Reason.TIME else 0
