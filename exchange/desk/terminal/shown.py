"""The forms in which a terminal gets what a desk has (`tui.data`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from exchange import envelope, words
from exchange.bulletin import content as bulletin
from exchange.bulletin.passages import Doubts
from exchange.bulletin.translations import stale
from exchange.desk.incoming.opening import ACCEPTED, decode_remark
from exchange.desk.incoming.relations import word
from exchange.desk.mailbox import Message, Receipt, Translation, reporter
from exchange.desk.terminal.shown_row import RowView, row_view
from exchange.desk.terminal.shown_thread import DrawView, LinkedView, RungView
from exchange.translation.doubts import against, told
from exchange.trust.labels import Label
from exchange.v1 import bulletin_pb2
from exchange.v1 import envelope_pb2 as pb


@dataclass(frozen=True, slots=True)
class SegmentView:
    """A translated segment: how far it is, where it came from, the memory's match.

    `old` where a bulletin that corrects or supersedes the source has another text.
    """

    text: str
    state: str
    origin: str
    match: int
    old: bool


@dataclass(frozen=True, slots=True)
class TranslationView:
    """A translation, without the segments whose source is another text.

    `stale` are those, and the ones that a later bulletin changed. `old` where the
    source was corrected or superseded: the translation is of what is no longer so, or
    was taken back. `signed` are source and translation as they came.
    """

    lang: str
    state: str
    origin: str
    author: str
    texts: Mapping[str, str]
    name: bytes = b""
    translator: str = ""
    reviewer: str = ""
    segments: Mapping[str, SegmentView] = field(default_factory=dict)
    old: bool = False
    stale: frozenset[str] = frozenset()
    signed: tuple[bytes, bytes] = (b"", b"")

    def doubts(self) -> Doubts:
        """Return what the checks hold against it; takes long where it is hostile."""
        return told(against(*self.signed), words.lang())


@dataclass(frozen=True, slots=True)
class StateView:
    """A step of an envelope."""

    state: str
    at: int
    by: str
    reason: str
    reporter: str = ""


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """What an officer said about a bulletin."""

    relation: str
    officer: str
    at: int
    remark: str
    reason: str = ""
    instruction: str = ""


@dataclass(frozen=True, slots=True)
class RecallView:
    """Why a bulletin was taken back, and what its readers must do; both are codes."""

    reason: str
    instruction: str
    remark: str
    lang: str


@dataclass(frozen=True, slots=True)
class OpenedView:
    """One bulletin as the reader shows it."""

    row: RowView
    content: bulletin_pb2.Content | None
    reason: str
    kid: bytes
    signer_revoked: bool
    tlp: str
    releasable_to: Sequence[str]
    caveats: Sequence[str]
    expires: int
    recipients: Sequence[tuple[str, str]]
    references: Sequence[tuple[str, bytes]]
    translations: Sequence[TranslationView]
    states: Sequence[StateView]
    receipts: Sequence[ReceiptView]
    recall: RecallView | None = None
    asked: str = "NONE"
    asked_by: int = 0
    rungs: Sequence[RungView] = ()
    links: Sequence[LinkedView] = ()
    marked_by: int = 0
    draws: Sequence[DrawView] = ()


def opened_view(
    message: Message,
    label: Label,
    *,
    signer_revoked: bool,
    successor: bulletin_pb2.Content | None = None,
) -> OpenedView:
    """Return a message as the reader shows it, under the label in force.

    `successor` corrects it, if one does.
    """
    row, core = message.row, envelope.parse_core(message.core)
    content = None
    if message.content is not None and row.envelope == pb.KIND_BULLETIN:
        content = bulletin.decode(message.content)
    return OpenedView(
        row=row_view(row),
        content=content,
        reason="" if row.verdict == ACCEPTED else row.verdict,
        kid=core.author,
        signer_revoked=signer_revoked,
        tlp=word(pb.Tlp.Name(label.tlp)),
        releasable_to=sorted(label.releasable_to),
        caveats=sorted(label.caveats),
        expires=core.expires,
        recipients=[
            (r.desk, word(pb.RecipientClass.Name(r.recipient_class)))
            for r in sorted(core.recipients, key=lambda r: (r.recipient_class, r.desk))
        ],
        references=[
            (word(pb.Relation.Name(r.relation)), r.name) for r in core.references
        ],
        translations=[
            translation_view(t, content, successor) for t in message.translations
        ],
        states=[
            StateView(*step, reporter(step, message.row.origin))
            for step in message.states
        ],
        receipts=[receipt_view(receipt) for receipt in message.receipts],
        recall=_recall(message),
    )


def receipt_view(receipt: Receipt) -> ReceiptView:
    """Return a receipt; its reason and its instruction are codes."""
    said = decode_remark(receipt.remark) if receipt.remark else bulletin_pb2.Remark()
    return ReceiptView(
        relation=receipt.relation,
        officer=receipt.author,
        at=receipt.filed,
        remark=said.text.text,
        reason=receipt.reason or said.reason,
        instruction=said.instruction,
    )


def _recall(message: Message) -> RecallView | None:
    if message.content is None or message.row.envelope != pb.KIND_RECALL:
        return None
    said = decode_remark(message.content)
    text = said.text
    return RecallView(said.reason, said.instruction, text.text, text.lang)


def translation_view(
    kept: Translation,
    content: bulletin_pb2.Content | None,
    successor: bulletin_pb2.Content | None = None,
) -> TranslationView:
    """Return a translation; without its source it has no text to show.

    `successor` is the bulletin that corrected or superseded the source, if one did.
    """
    said = bulletin_pb2.Translation.FromString(kept.content)
    gone = set(stale(content, said)) if content else {s.id for s in said.segments}
    old = set(stale(successor, said)) if successor else set[str]()
    segments = {
        s.id: SegmentView(s.text, s.state, s.origin, s.match, s.id in old)
        for s in said.segments
        if s.id not in gone
    }
    return TranslationView(
        lang=kept.lang,
        state=kept.state,
        origin=kept.origin,
        author=kept.author,
        texts={i: segment.text for i, segment in segments.items()},
        name=kept.name,
        translator=said.translator,
        reviewer=said.reviewer,
        segments=segments,
        old=bool(old),
        stale=frozenset(gone | old),
        signed=(content.SerializeToString() if content else b"", kept.content),
    )


def remark_text(remark: bytes | None) -> str:
    """Return the text of a remark, "" where there is none."""
    return decode_remark(remark).text.text if remark else ""


@dataclass(frozen=True, slots=True)
class PeerView:
    """A partner's node."""

    name: str
    up: bool
    since: int
    silent_since: int
    queued: int
    cosigned_at: int


@dataclass(frozen=True, slots=True)
class AlarmView:
    """Something about the ledger that a person must act on."""

    reason: str
    where: str


@dataclass(frozen=True, slots=True)
class LinkView:
    """The top row."""

    officer: str
    node: str
    up: bool
    since: int
    queued: int
    peers: Sequence[PeerView]
    agree: bool | None
    alarms: Sequence[AlarmView]
    waiting: int
    entries: int
    flash: int
    drilled: Mapping[str, int]
    to_acknowledge: int
    to_sign: int = 0
    unsent: int = 0
