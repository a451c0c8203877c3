"""Errors, and the closed list of their reasons.

FusionError
├── Refusal          the input is wrong; trying again will not help
├── Unreachable      a node or partner did not answer; try again
└── Tampered         stored data differs from the signed data

Each has a Reason, with one text in three languages from the catalogues; a Why is more
specific. `where` names the field, file or place, never content, a key or a path of
another machine. A command prints `str(error)`, one line, and exits with `exit_code`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import ClassVar


class Reason(StrEnum):
    # The transport gate, in order.
    TLS_VERSION = "TLS_VERSION"
    TLS_GROUP = "TLS_GROUP"
    IDENTITY = "IDENTITY"
    DOMAIN_CA = "DOMAIN_CA"
    CERTIFICATE_TIME = "CERTIFICATE_TIME"
    NOT_PINNED = "NOT_PINNED"
    METHOD = "METHOD"
    RATE = "RATE"
    DEADLINE = "DEADLINE"
    # The verdict on an entry (docs/spec/verdict.md, "Steps").
    SIZE = "SIZE"
    NOT_CANONICAL = "NOT_CANONICAL"
    VERSION = "VERSION"
    SUITE = "SUITE"
    KIND = "KIND"
    ORIGIN = "ORIGIN"
    TIME = "TIME"
    LABEL = "LABEL"
    RECIPIENTS = "RECIPIENTS"
    REFERENCES = "REFERENCES"
    DUPLICATE_ID = "DUPLICATE_ID"
    DUPLICATE_NAME = "DUPLICATE_NAME"
    SIGNER_UNKNOWN = "SIGNER_UNKNOWN"
    SIGNER_TIME = "SIGNER_TIME"
    SIGNER_REVOKED = "SIGNER_REVOKED"
    SIGNERS = "SIGNERS"
    SIGNATURE = "SIGNATURE"
    RELEASE = "RELEASE"
    STATEMENT = "STATEMENT"
    KEY = "KEY"
    # Wraps and body.
    WRAPS = "WRAPS"
    BODY = "BODY"
    # Envelopes that a desk could not open.
    KEY_GONE = "KEY_GONE"
    SEAL = "SEAL"
    PADDING = "PADDING"
    CONTENT = "CONTENT"
    FORMAT = "FORMAT"
    # Heads and proofs.
    NOTE = "NOTE"
    HEAD = "HEAD"
    ROOT = "ROOT"
    COSIGNATURE = "COSIGNATURE"
    PROOF = "PROOF"
    POSITION = "POSITION"
    CONFLICT = "CONFLICT"
    FORK = "FORK"
    MISSING = "MISSING"
    ERASED = "ERASED"
    POLICY = "POLICY"
    WITNESS = "WITNESS"
    DIRECTORY = "DIRECTORY"
    HIDDEN = "HIDDEN"
    NOT_LOGGED = "NOT_LOGGED"
    STALLED = "STALLED"
    UPGRADE = "UPGRADE"
    # Trust files, key files and homes.
    BUNDLE = "BUNDLE"
    SERIAL = "SERIAL"
    KEYSTORE = "KEYSTORE"
    KEY_FILE = "KEY_FILE"
    TOKEN = "TOKEN"  # noqa: S105 - a word
    HOME = "HOME"
    HOME_EXISTS = "HOME_EXISTS"
    LOCKED = "LOCKED"
    PORT = "PORT"
    DATABASE = "DATABASE"
    # An officer's input.
    INPUT = "INPUT"
    FIELD_MISSING = "FIELD_MISSING"
    FIELD_UNKNOWN = "FIELD_UNKNOWN"
    FIELD_VALUE = "FIELD_VALUE"
    CODE_UNKNOWN = "CODE_UNKNOWN"
    TOO_LONG = "TOO_LONG"
    LANGUAGE = "LANGUAGE"
    SPAN = "SPAN"
    UNMARKED = "UNMARKED"
    PERSONAL_DATA = "PERSONAL_DATA"
    TRANSLATION = "TRANSLATION"
    STALE = "STALE"
    MACHINE = "MACHINE"
    RECIPIENT_UNKNOWN = "RECIPIENT_UNKNOWN"
    NOT_RELEASABLE = "NOT_RELEASABLE"
    NOT_FOUND = "NOT_FOUND"
    AMBIGUOUS = "AMBIGUOUS"
    # The state of a node.
    UNREACHABLE = "UNREACHABLE"
    BUSY = "BUSY"
    QUOTA = "QUOTA"
    BUDGET = "BUDGET"
    DISK = "DISK"
    ATTACHMENT = "ATTACHMENT"
    CLOCK = "CLOCK"
    SKEW = "SKEW"
    EMCON = "EMCON"
    MINIMIZE = "MINIMIZE"
    SUSPENDED = "SUSPENDED"
    NOT_WRITER = "NOT_WRITER"
    DUPLICATE_LINK = "DUPLICATE_LINK"
    INTERNAL = "INTERNAL"


STORAGE = frozenset({Reason.DISK, Reason.LOCKED, Reason.DATABASE})
"""Refusals of the store, independent of the request: try again."""
NO_VERDICT = STORAGE | {Reason.UPGRADE}
"""Refusals without a verdict on an entry: it gets one later, or in a newer program."""

TEXTS: dict[Reason, str] = {
    Reason.TLS_VERSION: "the connection is older than TLS 1.3",
    Reason.TLS_GROUP: "the connection did not use X25519MLKEM768",
    Reason.IDENTITY: "the certificate does not name exactly one node, desk or auditor",
    Reason.DOMAIN_CA: "the certificate was not issued by that nation's authority",
    Reason.CERTIFICATE_TIME: "the certificate is expired or not yet valid",
    Reason.NOT_PINNED: "this identity is in no imported trust bundle or directory",
    Reason.METHOD: "this identity may not make this call",
    Reason.RATE: "too many calls; wait and try again",
    Reason.DEADLINE: "the call has no deadline, or one out of bounds",
    Reason.SIZE: "larger than the format allows",
    Reason.NOT_CANONICAL: "not in the canonical encoding",
    Reason.VERSION: "of an unknown version, or made before the first release",
    Reason.SUITE: "unknown cipher suite",
    Reason.KIND: "the kind of envelope is unknown or not allowed here",
    Reason.ORIGIN: "belongs to another node's log",
    Reason.TIME: "the times in the header contradict each other",
    Reason.LABEL: "the handling label is missing or not well formed",
    Reason.RECIPIENTS: "the recipients are not well formed or not allowed",
    Reason.REFERENCES: "the references are not well formed or not allowed",
    Reason.DUPLICATE_ID: "this ID is already in the log under another name",
    Reason.DUPLICATE_NAME: "this envelope is already in the log",
    Reason.SIGNER_UNKNOWN: "a signer is not registered for that role at that node",
    Reason.SIGNER_TIME: "a signer's key was not valid when this was filed",
    Reason.SIGNER_REVOKED: "a signer's key is revoked",
    Reason.SIGNERS: (
        "a signature that this kind needs is missing, or there is one too many"
    ),
    Reason.SIGNATURE: "a signature does not verify",
    Reason.RELEASE: "the release by a second officer is missing or not allowed",
    Reason.STATEMENT: "the directory statement is not well formed or not allowed",
    Reason.KEY: "the key is weak, of another kind, or already in use",
    Reason.WRAPS: "the sealed keys are not those that were signed",
    Reason.BODY: "the sealed text is not the one that was signed",
    Reason.KEY_GONE: "this desk no longer has the key it was sealed to",
    Reason.SEAL: "the sealed key does not open",
    Reason.PADDING: "the padding inside the sealed text is wrong",
    Reason.CONTENT: "the opened text is not a well-formed message",
    Reason.FORMAT: "in a newer format; install a newer program to read it",
    Reason.NOTE: "not a well-formed signed note",
    Reason.HEAD: "the head of the log is not signed by the log's two keys",
    Reason.ROOT: "the entries do not match the signed root",
    Reason.COSIGNATURE: "the cosignature does not verify",
    Reason.PROOF: "the proof does not lead to the signed root",
    Reason.POSITION: "the entries do not continue those already held",
    Reason.CONFLICT: "the log changed in the meantime",
    Reason.FORK: "the log has signed two contradictory histories",
    Reason.MISSING: "something the log commits to is missing",
    Reason.ERASED: "removed when its retention ended",
    Reason.POLICY: "not a well-formed policy",
    Reason.WITNESS: "the witness did not cosign",
    Reason.DIRECTORY: "the log's directory is not the one that its head signs",
    Reason.HIDDEN: "our node withholds entries of this log",
    Reason.NOT_LOGGED: "announced as urgent, but never recorded in its log",
    Reason.STALLED: "the log has stopped although the link is up",
    Reason.UPGRADE: "the log follows newer rules; upgrade this program",
    Reason.BUNDLE: "not a valid trust bundle of that nation",
    Reason.SERIAL: "older than the edition already held",
    Reason.KEYSTORE: "wrong passphrase, or the key file is damaged",
    Reason.KEY_FILE: "the key file cannot be read, or others can read it",
    Reason.TOKEN: "the token that holds the key does not sign",
    Reason.HOME: "not a Fusion home, or the part needed is missing",
    Reason.HOME_EXISTS: "already exists; no changes made",
    Reason.LOCKED: "in use by another process",
    Reason.PORT: "the address is in use, or not one of this machine's",
    Reason.DATABASE: "the database cannot be opened",
    Reason.INPUT: "cannot be read; wrong format",
    Reason.FIELD_MISSING: "a required field is missing",
    Reason.FIELD_UNKNOWN: "no such field",
    Reason.FIELD_VALUE: "not a valid value for this field",
    Reason.CODE_UNKNOWN: "not in the code list",
    Reason.TOO_LONG: "too long",
    Reason.LANGUAGE: "unknown language, or the text is not in its script",
    Reason.SPAN: "the fixed part is not in the text, or is of another kind",
    Reason.UNMARKED: (
        "a bulletin needs a TLP value and the nations it is releasable to"
    ),
    Reason.PERSONAL_DATA: "looks like personal data",
    Reason.TRANSLATION: "the translation fails a check, or another officer must do it",
    Reason.STALE: "the original has changed since",
    Reason.MACHINE: "the translation service gave no usable answer",
    Reason.RECIPIENT_UNKNOWN: "no key of that desk is known",
    Reason.NOT_RELEASABLE: "the label does not allow it, or is too wide",
    Reason.NOT_FOUND: "no such bulletin",
    Reason.AMBIGUOUS: "more than one bulletin matches; give more characters",
    Reason.UNREACHABLE: "does not answer",
    Reason.BUSY: "not ready yet; try again",
    Reason.QUOTA: "over the budget agreed with that partner",
    Reason.BUDGET: "the partner is using up its storage budget here for the day",
    Reason.DISK: "the disk is full",
    Reason.ATTACHMENT: "an attachment has not fully reached the node yet",
    Reason.CLOCK: "the clock of this machine is wrong or was moved",
    Reason.SKEW: "the clocks of the two nodes are more than an hour apart",
    Reason.EMCON: "the node does not transmit now (EMCON)",
    Reason.MINIMIZE: "the node takes no ROUTINE bulletins now (MINIMIZE)",
    Reason.SUSPENDED: "the operator has suspended sending to that nation",
    Reason.NOT_WRITER: "another process writes for this node now; try again",
    Reason.DUPLICATE_LINK: "another link between the two nodes is already in use",
    Reason.INTERNAL: "internal fault; see the log",
}


class Why:
    """A more specific text than the reason's: the fault, and the remedy.

    In English, the key of the catalogues. Its values are our codes, bounds and names,
    never content.
    """

    def __init__(self, text: str, **values: object) -> None:
        self.text = text
        self.values = values

    def __str__(self) -> str:
        return self.text.format(**self.values) if self.values else self.text


def too_large(limit: int) -> Why:
    """`limit` is in bytes."""
    size, unit = (limit >> 20, "MiB") if limit >= 1 << 20 else (limit >> 10, "KiB")
    return Why("too large; {size} {unit} at most", size=size, unit=unit)


MADE_BEFORE = Why("made before the first release; make a new home")
FILE_MADE_BEFORE = Why("made before the first release; ask for a new one")
"""For a file from elsewhere."""
NEWER_PROGRAM = Why(
    "written by a newer program; install that, and use no older one here"
)
ONE_OF_THEM = Why("give one of them")
UNKNOWN_LANGUAGE = Why("unknown language; use en, ur or zh")


class FusionError(Exception):
    exit_code: ClassVar[int] = 1

    def __init__(self, reason: Reason, where: str = "", why: Why | None = None) -> None:
        super().__init__(reason, where)
        self.reason = reason
        self.where = where
        self.why = why
        self.kind = ""
        """The code of the bulletin's kind, if known."""

    def __str__(self) -> str:
        head = f"{self.where}: " if self.where else ""
        return f"{head}{self.why or TEXTS[self.reason]} ({self.reason})"


class Refusal(FusionError):
    exit_code = 2


class CommitUnknown(Refusal):
    """A transaction may or may not be committed: the answer did not come.

    Its owner reads the database and continues from there; until then the caller gets
    neither a success nor a failure.
    """


def check_version(found: int, known: int, reason: Reason) -> None:
    if found != known:
        why = FILE_MADE_BEFORE if 0 < found < known else None
        raise Refusal(reason, "version", why)


@contextmanager
def in_home() -> Iterator[None]:
    """Raise MADE_BEFORE."""
    try:
        yield
    except Refusal as refusal:
        if refusal.why is FILE_MADE_BEFORE:
            refusal.why = MADE_BEFORE
        raise


def unreadable(error: OSError, where: str) -> Refusal:
    """Return INPUT for a file or folder that cannot be opened."""
    return Refusal(Reason.INPUT, where, _SYSTEM.get(type(error)))


_SYSTEM: dict[type[OSError], Why] = {
    FileNotFoundError: Why("no such file or folder"),
    IsADirectoryError: Why("is a folder; give a file"),
    NotADirectoryError: Why("part of the path is a file, not a folder"),
    PermissionError: Why("no permission to open it; check its owner and mode"),
}


class Unreachable(FusionError):
    exit_code = 3

    def __init__(
        self,
        where: str = "",
        reason: Reason = Reason.UNREACHABLE,
        why: Why | None = None,
    ) -> None:
        super().__init__(reason, where, why)


class Tampered(FusionError):
    """Stored bytes differ from the signed ones; `where` is the log and index."""
