"""The class of each reason of Submit (docs/spec/errors.md, "Classes").

    FINAL   it will stay wrong: the envelope is dropped, and its sender is told
    LATER   another time the same envelope may be recorded: it is handed over again
    RESIGN  right but for what is signed: an officer signs again, under a new id

A node says of a single answer that it is LATER (`Submitted.later`) where it knows what
is missing here and may still come: REFERENCES while a log is behind, for example.
Without that word the table counts. TIME depends on how far ahead `filed` is: see
`of_answer`.
"""

from collections.abc import Mapping
from enum import StrEnum

from exchange.errors import Reason
from exchange.limits import DAY, FILED_AHEAD_MAX


class RefusalClass(StrEnum):
    """The fate of a refused envelope."""

    FINAL = "FINAL"
    LATER = "LATER"
    RESIGN = "RESIGN"


_FINAL = (
    # Of the envelope, whoever judges it and whenever.
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
    # Unless the node says that a log is behind.
    Reason.SIGNER_UNKNOWN,
    Reason.RECIPIENT_UNKNOWN,
    Reason.REFERENCES,
)
_OF_THE_NODE = (
    # Of the node as it stands, whatever it is handed.
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
    # Its own log, until operators have mended it or gone on at log n + 1.
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
"""The class of every reason that Submit answers; it never answers any other."""
NEVER_ANSWERED = frozenset(
    {
        # The gate's, before an envelope is looked at: they refuse the whole call.
        Reason.TLS_VERSION,
        Reason.TLS_GROUP,
        Reason.IDENTITY,
        Reason.DOMAIN_CA,
        Reason.CERTIFICATE_TIME,
        Reason.NOT_PINNED,
        Reason.DEADLINE,
        # A desk's or an auditor's, about what they read.
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
        # Of files, homes and what an officer types, before there is an envelope.
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
        # Of the machine, or of the link to a partner.
        Reason.CLOCK,
        Reason.SKEW,
        Reason.DUPLICATE_LINK,
    }
)
"""Reasons that no envelope is answered with, so they have no class."""
OF_THE_NODE = frozenset(_OF_THE_NODE)
"""Answers that say nothing of the envelope: the next one is answered alike."""


def of_answer(reason: Reason, *, later: bool, filed: int, now: int) -> RefusalClass:
    """Return the class of one answer; `later` is the node's word, the times ms UTC.

    TIME is LATER while the hour at which the node takes it is at most a day away, by
    the clock of the desk: else the desk's clock was wrong when it was signed. Of a
    reason that is not in the table the node's word alone counts.
    """
    if reason is Reason.TIME:
        near = not_before(reason, filed) - now <= DAY
        return RefusalClass.LATER if near else RefusalClass.RESIGN
    if later:
        return RefusalClass.LATER
    return CLASSES.get(reason, RefusalClass.FINAL)


def not_before(reason: Reason, filed: int) -> int:
    """Return from when (ms UTC) the node may take it; 0 for any time."""
    return filed - FILED_AHEAD_MAX if reason is Reason.TIME else 0
