"""The records that a desk shows: the mailbox fills them, terminal and tests read them.

Only the generated protos are imported: screens start without gRPC, SQLCipher or Babel.

Times are int milliseconds UTC, 0 for "not yet". Names are 32 bytes. Codes are the words
of the protos without their prefix: FLASH, ACTUAL, AMBER_STRICT. Texts are a partner's:
they pass `tui.text.safe_text` before a terminal.
"""

from array import array
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from msgspec import Struct

from exchange.v1.bulletin_pb2 import Content, Remark, Segment, TranslatedSegment
from keys.secret_records import SecretRecord

if TYPE_CHECKING:  # only named here; the code that fills these fields has loaded them
    from exchange.bulletin.draft import Draft
    from exchange.bulletin.prose_view import Rendition
    from exchange.translation.checks import Finding
    from exchange.translation.memory import Suggestion
    from exchange.trust.registered_keys import Registered
    from exchange.v1.envelope_pb2 import RecipientClass

ListFilter = Literal[
    "ALL",
    "UNREAD",
    "TO_ACKNOWLEDGE",
    "DUE",
    "FLASH",
    "RECALLED",
    "TO_TRANSLATE",
    "SENT",
    "REFUSED",
    "SINCE_SHIFT",
]
"""Which rows a list shows.

TO_ACKNOWLEDGE: an acknowledgement is asked of this desk and not yet given. DUE: an
action is due, except translations, which are TO_TRANSLATE. SENT: written at this desk.
SINCE_SHIFT: kept here since this officer last handed a shift over.
"""
Answer = Literal["ACKNOWLEDGED", "COMPLETED", "CANNOT_COMPLY"]
"""The answers of an officer to a bulletin whose author asks for one."""
PRECEDENCES = ("FLASH", "IMMEDIATE", "PRIORITY", "ROUTINE")
"""Every precedence, the most urgent first."""
Mark: TypeAlias = tuple[int, int]
"""A draft at one save: its id, and the version that each save raises.

Ids are never reused. NONE is for a draft not saved yet.
"""
NONE: Mark = (0, 0)


# The list.


class Decline(NamedTuple):
    """A desk that declined what a message asks; times in ms UTC."""

    desk: str
    reason: str
    """A code of decline_reason; "" if only a remark says why."""
    at: int
    officer: str = ""
    """The officer at the author's desk who took note of it; "" if none."""
    noted: int = 0
    own: bool = False
    """In a list: whether it is this desk."""


class PendingAnswer(NamedTuple):
    """The last answer of this desk to a message, in no log yet."""

    relation: str
    reason: str
    state: str
    """queued, waiting (for a releaser), resign, expired or refused."""

    @property
    def on_its_way(self) -> bool:
        """Whether it will be sent without its officer; otherwise it is no answer."""
        return self.state in {"queued", "waiting"}


class Row(NamedTuple):
    """One line of the list; a tuple is made five times faster than a dataclass.

    The last nine fields are not stored, but added for showing.
    """

    number: int
    """1, 2, 3, ... in order of arrival at this desk, without a gap."""
    name: bytes
    origin: str
    """The log's origin, `islamabad.pk.fusion/log/1`; "" until a node recorded it."""
    index: int | None  # type: ignore[assignment]  # nobody looks for a place in a Row
    """Place in that log, the sequence number; None until it is known."""
    envelope: int
    """pb.Kind: mostly KIND_BULLETIN."""
    kind: str
    """Code of the bulletin kind, `WARNING`; "" while the content is not open.

    In a shown list a recall has RECALL.
    """
    precedence: str
    mode: str
    tlp: str
    """The TLP of the label in force, with narrowings."""
    subject: str
    lang: str
    """BCP 47, of the subject."""
    author: str
    """Officer, `duty-1@ops.islamabad.pk`."""
    desk: str
    direction: str
    """`in` or `out`."""
    filed: int
    received: int
    expires: int
    read: int
    """When this desk first read it; 0 = unread."""
    acknowledge: str
    """The acknowledgement that the author asks for: NONE, RECEIPT, ..."""
    acknowledge_by: int
    acknowledged: int
    """When an officer of a desk that is asked first answered.

    That it was received (if no more is asked), read, done or cannot be done.
    """
    state: str
    """The furthest of `exchange.desk.mailbox.STATES`."""
    verdict: str
    """The desk's verdict: ACCEPTED, or a reason of `exchange.errors`."""
    standing: str = ""
    """RECALLED, SUPERSEDED, CORRECTED or NARROWED by its author, else ""."""
    open_at: tuple[str, ...] = ()
    """The desks that still have to read it, or to act."""
    open_here: bool = False
    """Whether this desk is one of them."""
    declined: tuple[Decline, ...] = ()
    """The desks that declined, by name.

    For an incoming message, others only while this desk has not answered.
    """
    pending: PendingAnswer | None = None
    addressees: tuple[str, ...] = ()
    """In a list: the desks that an outgoing message is addressed to; else none."""
    rendered: str = ""
    """In a list: the subject in the officer's language, else "".

    Only if an officer reviewed a translation of the current subject.
    """
    log: str = ""
    """Its log as in a place, `islamabad.pk/2`, if the node has several; else ""."""
    why: str = ""
    """In a list: the reason of the refusal, of `exchange.errors` or a node's; or ""."""

    @property
    def stored(self) -> tuple[object, ...]:
        return self[:-9]

    @property
    def node(self) -> str:
        """The node that recorded it, `islamabad.pk`; before that, the author's."""
        return self.origin.partition(".fusion/")[0] or self.desk.partition(".")[2]

    @property
    def place(self) -> str:
        """The number by which people know it, `islamabad.pk#412`; "" without one.

        Only a shown row names the log if its node has several (`log`).
        """
        return "" if self.index is None else f"{self.log or self.node}#{self.index}"

    @property
    def outgoing(self) -> bool:
        return self.direction == "out"

    @property
    def ack_asked(self) -> bool:
        return self.acknowledge != "NONE"

    @property
    def answering(self) -> bool:
        return self.pending is not None and self.pending.on_its_way


class Matches(NamedTuple):
    numbers: "array[int]"
    """Newest first."""
    unknown: str = ""
    """The first unknown condition (`kind:`), or ""."""


# One message.


class Milestone(NamedTuple):
    """A state that a message reached, by whom (a node, or this desk: "") and when."""

    state: str
    at: int
    by: str
    why: str
    """Reason of a refusal, desks that it did not reach, else ""."""

    @property
    def reporter(self) -> str:
        """The node on whose word alone this rests; "" if a signature proves it.

        Only the erasing node itself reports that a text was erased undelivered.
        """
        return self.by if self.state == "undelivered" else ""


class Receipt(SecretRecord, frozen=True, kw_only=True):
    """An officer's declaration about a message; also RECALLS."""

    name: bytes
    about: bytes
    relation: str
    """OPENED, ACKNOWLEDGED, COMPLETED, CANNOT_COMPLY, UNOPENABLE, ..., RECALLS."""
    author: str
    filed: int
    entry: bytes = b""
    remark: bytes | None = None
    """Serialized Remark, checked, if there is one."""
    reason: str = ""
    """A code of decline_reason or recall_reason; for UNOPENABLE a reason word."""
    lost: int = 0
    """Since when no log has it any more (ms UTC), 0 if one has."""
    state: str = ""
    """Of this desk's own, as in `PendingAnswer`, while no log has it; else ""."""

    @property
    def remark_text(self) -> Remark:
        """The remark, empty if there is none."""
        return Remark.FromString(self.remark or b"")


class MessageLink(NamedTuple):
    """A reference of one message to another; `about` need not be here."""

    number: int
    name: bytes
    relation: str
    """ANSWERS, RECALLS, ..."""
    about: bytes


class Neighbour(NamedTuple):
    relation: str
    forth: bool
    """Whether it is the target; else it is the one that refers."""
    name: bytes
    row: Row | None
    """None if it is not here."""
    repeated: bool = False
    """Whether the same source only corroborates or disputes itself."""


class ThreadPart(Struct, frozen=True):
    row: Row
    references: tuple[MessageLink, ...] = ()
    repeated: frozenset[MessageLink] = frozenset()
    """Those by which the same source corroborates or disputes itself."""


class Thread(Struct, frozen=True):
    """The parts of a thread in order of arrival."""

    parts: tuple[ThreadPart, ...]
    more: bool = False
    """Whether there are more."""


class Rung(NamedTuple):
    """The step of one desk that was asked to answer a bulletin."""

    desk: str
    relation: str = ""
    """Its furthest answer: OPENED to CANNOT_COMPLY, UNOPENABLE, or ""."""
    at: int = 0
    reason: str = ""
    done: bool = False
    """Whether that is the answer asked for, and a log has it."""
    state: str = ""


class DrawNote(NamedTuple):
    """A note about a drawn route, in words of the language in use."""

    matches: bool | None
    """Whether the revealed route is the sealed one; None if not revealed yet."""
    text: str


class RevocationsKnown(NamedTuple):
    """A log's revocations are known here up to `time` (ms UTC; 0: not at all)."""

    origin: str
    time: int
    mark: str = ""
    """LATE, STALE, or WITHHELD: the own node leaves out entries of the directory."""


class OpenedBulletin(SecretRecord, frozen=True):
    """One message as the reader shows it, under the label in force."""

    row: Row
    content: Content | None
    """Opened and checked; None if it did not open, and for a recall."""
    kid: bytes
    """The author's key id, 32 bytes."""
    tlp: str
    releasable_to: Sequence[str]
    expires: int
    recipients: Sequence[tuple[str, str]]
    """Desk and class: ACTION, INFO or COPY."""
    caveats: Sequence[str] = ()
    signer_standing: str = "GOOD"
    """The worst standing of its signers: GOOD, BEFORE_REVOCATION or DISOWNED."""
    notes: Sequence[str] = ()
    """Lines in the language in use: signers whose key was revoked since,

    and answers that only a newer program reads.
    """
    translations: Sequence["Rendition"] = ()
    """The furthest first, then the newest."""
    states: Sequence[Milestone] = ()
    receipts: Sequence[Receipt] = ()
    recall: Remark | None = None
    """The remark of a recall; None for other messages."""
    acknowledge: str = "NONE"
    """The acknowledgement asked of its readers: NONE, RECEIPT, READ or ACTION."""
    asked_by: int = 0
    rungs: Sequence[Rung] = ()
    """The steps of the desks that are asked."""
    links: Sequence[Neighbour] = ()
    """Messages that it refers to, then those that refer to it; some hundred at most."""
    marked_by: str = ""
    """The place of the message that set its standing; "" if it has none."""
    draws: Sequence[DrawNote] = ()
    release: str = ""
    """Its releaser and place, in words; "" if one signature was enough."""
    revocations: RevocationsKnown | None = None
    """Those of the author's node, which say whether he might still sign."""
    waiting_answers: Collection[int] = ()
    """Kinds of answer that wait for a releaser; a receipt only with a remark."""


# Writing and translating.


class AddressGroup(NamedTuple):
    """A group of desks by its name; it may be empty, or name desks that have gone."""

    name: str
    desks: tuple[str, ...]


class Addressee(Struct, frozen=True):
    """A desk that a message is sealed for, and the key used."""

    desk: str
    recipient_class: "RecipientClass.ValueType"
    key: "Registered"
    """A key that has been valid for long means a dark desk."""
    where: str = ""
    """Place in the draft: `to.0`."""


class Review(Struct, frozen=True, kw_only=True):
    signer: str
    kid: bytes
    addressees: Sequence[Addressee]
    size: int
    """Bytes of the sealed body."""
    personal: Sequence[str] = ()
    """Findings that look like personal data and are not confirmed to be none.

    In the form that the content confirms them: `segments.0.text PHONE`.
    """
    draft: "Draft"
    """The draft as it would be sealed, with the requirements of references and kind."""
    at: int
    draws: int = 0
    """The number of routes of which one is drawn when it is signed; 0: none."""
    translation: "Rendition | None" = None
    """The translation that is signed; `draft` is its bulletin, under its header."""
    about: Sequence[Neighbour] = ()
    """The messages that it refers to."""
    acknowledges: Sequence[str] = ()
    """The places of those that it acknowledges by answering them."""


class SavedDraft(NamedTuple):
    """A draft as last saved; `data` is in its editor's own form."""

    mark: Mark
    saved: int
    """The time, ms UTC by this desk's clock: to be shown, never to choose by."""
    data: bytes

    @property
    def text(self) -> str:
        return self.data.decode("utf-8", "replace")


class TranslationUnit(Struct, frozen=True):
    """A segment beside its translation, which is empty before the first text."""

    source: Segment
    translation: TranslatedSegment
    findings: Sequence["Finding"] = ()
    """Findings of the checks in the text, without confirmed ones."""
    terms: Sequence[tuple[str, str]] = ()
    """Each agreed term: the source's form, and the required target form."""
    suggestions: Sequence["Suggestion"] = ()
    """Earlier translations of similar texts, the best first."""


class BackTranslation(NamedTuple):
    source: Segment
    text: str
    back: str
