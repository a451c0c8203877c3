"""A desk in memory, for the tests of the screens and for looking at them."""

import hashlib
import json
from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from exchange.bulletin.content import from_json
from exchange.bulletin.draft import Draft
from exchange.bulletin.passages import Doubts
from exchange.desk.mailbox import asking
from exchange.desk.outgoing.composing import remark_of
from exchange.errors import Reason, Refusal
from exchange.v1 import envelope_pb2 as env
from exchange.v1.bulletin_pb2 import Content, Segment, Span
from tests.tui.fake_bench import FakeBench
from tests.tui.fake_writing import FakeWriting
from tui.data import Filter, Relation

NOW = 1_795_530_660_000  # 2026-11-24 14:31Z
MINUTE = 60_000


@dataclass(frozen=True)
class FakeRow:
    number: int
    name: bytes
    kind: str
    precedence: str
    mode: str
    subject: str
    lang: str
    filed: int
    origin: str = "beijing.cn"
    index: int = 0
    author: str = "duty-1@ops.beijing.cn"
    outgoing: bool = False
    state: str = "cosigned"
    read: bool = False
    ack_asked: bool = False
    acknowledged: bool = False
    verdict: str = "ACCEPTED"
    standing: str = ""
    open_at: Sequence[str] = ()
    open_here: bool = False


@dataclass(frozen=True)
class FakeFound:
    numbers: "array[int]"
    unknown: str = ""


@dataclass(frozen=True)
class FakeRendered:
    state: str = "REVIEWED"
    origin: str = "HUMAN"


@dataclass(frozen=True)
class FakeTranslation:
    lang: str
    texts: Mapping[str, str]
    state: str = "REVIEWED"
    origin: str = "HUMAN"
    author: str = "duty-2@ops.beijing.cn"
    stale: frozenset[str] = frozenset()
    translator: str = "duty-2@ops.beijing.cn"
    reviewer: str = ""
    segments: Mapping[str, FakeRendered] = field(default_factory=dict)
    held: Doubts = field(default_factory=dict)

    def doubts(self) -> Doubts:
        return self.held


@dataclass(frozen=True)
class FakeState:
    state: str
    at: int
    by: str = ""
    reason: str = ""
    reporter: str = ""


@dataclass(frozen=True)
class FakeReceipt:
    relation: str
    officer: str
    at: int
    remark: str = ""
    reason: str = ""
    instruction: str = ""


@dataclass(frozen=True)
class FakeRecall:
    reason: str
    instruction: str = "STOP_USE"
    remark: str = ""
    lang: str = "en"


@dataclass(frozen=True)
class FakeRung:
    desk: str
    relation: str = ""
    at: int = 0
    reason: str = ""
    done: bool = False


@dataclass(frozen=True)
class FakeLinked:
    relation: str
    row: FakeRow | None = None
    forth: bool = False
    name: bytes = bytes(32)
    repeated: bool = False


@dataclass(frozen=True)
class FakePart:
    row: FakeRow
    references: Sequence[tuple[str, int, bool]] = ()


@dataclass(frozen=True)
class FakeThread:
    parts: Sequence[FakePart]
    more: bool = False


@dataclass(frozen=True)
class FakeDraw:
    held: bool | None
    text: str


@dataclass(frozen=True)
class FakeMatter:
    kind: str
    row: FakeRow
    late: bool = False
    role: str = ""
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class FakeSection:
    name: str
    title: str
    matters: Sequence[FakeMatter] = ()


@dataclass(frozen=True)
class FakeOpened:
    row: FakeRow
    content: Content | None
    reason: str = ""
    kid: bytes = bytes(range(32))
    signer_revoked: bool = False
    tlp: str = "AMBER"
    releasable_to: Sequence[str] = ("cn", "pk")
    caveats: Sequence[str] = ()
    expires: int = NOW + 30 * 24 * 60 * MINUTE
    recipients: Sequence[tuple[str, str]] = (
        ("ops.islamabad.pk", "ACTION"),
        ("ops.beijing.cn", "COPY"),
    )
    references: Sequence[tuple[str, bytes]] = ()
    translations: Sequence[FakeTranslation] = ()
    states: Sequence[FakeState] = ()
    receipts: Sequence[FakeReceipt] = ()
    recall: FakeRecall | None = None
    asked: str = "NONE"
    asked_by: int = 0
    rungs: Sequence[FakeRung] = ()
    links: Sequence[FakeLinked] = ()
    marked_by: int = 0
    draws: Sequence[FakeDraw] = ()


@dataclass(frozen=True)
class FakePeer:
    name: str = "beijing.cn"
    up: bool = True
    since: int = NOW - 90 * MINUTE
    silent_since: int = 0
    queued: int = 0
    cosigned_at: int = NOW - MINUTE


@dataclass(frozen=True)
class FakeAlarm:
    reason: str
    where: str


@dataclass(frozen=True)
class FakeLink:
    officer: str = "duty-1@ops.islamabad.pk"
    node: str = "islamabad.pk"
    up: bool = True
    since: int = NOW - 90 * MINUTE
    queued: int = 0
    peers: Sequence[FakePeer] = (FakePeer(),)
    agree: bool | None = True
    alarms: Sequence[FakeAlarm] = ()
    waiting: int = 0
    entries: int = 20_417
    flash: int = 0
    drilled: Mapping[str, int] = field(default_factory=dict)
    to_acknowledge: int = 0
    to_sign: int = 0
    unsent: int = 0


@dataclass(frozen=True)
class FakeStep:
    what: str
    ok: bool | None
    detail: str
    reason: str = ""


def segment(lang: str, text: str, at: str = "s0", *spans: Span) -> Segment:
    return Segment(id=at, lang=lang, text=text, spans=spans)


def passes(row: FakeRow, which: Filter) -> bool:
    return {
        "ALL": True,
        "UNREAD": not row.read,
        "TO_ACKNOWLEDGE": row.ack_asked and not row.acknowledged,
        "FLASH": row.precedence == "FLASH",
        "DUE": row.ack_asked and not row.acknowledged,
        "RECALLED": row.standing == "RECALLED",
        "TO_TRANSLATE": row.lang != "en",
        "SENT": row.outgoing,
        "REFUSED": row.verdict not in ("", "ACCEPTED"),
    }[which]


def meets(row: FakeRow, wanted: asking.Filter) -> bool:
    """Whether a row meets the conditions that a test asks for."""
    return (
        wanted.text.strip() in row.subject
        and (not wanted.unread or not row.read)
        and (not wanted.kinds or row.kind in wanted.kinds)
        and (not wanted.precedence or row.precedence in wanted.precedence)
    )


def name_of(number: int) -> bytes:
    return hashlib.sha256(str(number).encode()).digest()


def opened(number: int, content: Content, **row: object) -> FakeOpened:
    """A received bulletin, number `number`, with fields of its row replaced."""
    base = FakeRow(
        number=number,
        name=name_of(number),
        kind=content.kind,
        precedence="PRIORITY",
        mode="ACTUAL",
        subject=content.subject.text,
        lang=content.subject.lang,
        filed=NOW - number * MINUTE,
        index=number,
    )
    return FakeOpened(replace(base, **row), content)  # type: ignore[arg-type]  # names of its fields


def from_sample(number: int, path: Path) -> FakeOpened:
    """A sample file as a received bulletin."""
    draft = from_json(json.loads(path.read_text("utf-8")))
    translations = [
        FakeTranslation(
            one.lang,
            {segment.id: segment.text for segment in one.segments},
            one.state,
            one.origin,
        )
        for one in draft.translations
    ]
    precedence = env.Precedence.Name(draft.precedence).removeprefix("PRECEDENCE_")
    mode = env.Mode.Name(draft.mode).removeprefix("MODE_")
    made = opened(number, draft.content, precedence=precedence, mode=mode)
    tlp = env.Tlp.Name(draft.tlp).removeprefix("TLP_")
    return replace(made, translations=translations, tlp=tlp)


@dataclass
class FakeDesk(FakeWriting):
    """Implements tui.data.Desk over a cycle of bulletins, `size` rows long."""

    bulletins: Sequence[FakeOpened]
    size: int = 0
    changed: dict[int, FakeOpened] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    acknowledged: list[tuple[int, Relation, str]] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    confirmed: list[list[str]] = field(default_factory=list)
    recalled: list[tuple[int, str, str, str]] = field(default_factory=list)
    begun: list[tuple[int, str]] = field(default_factory=list)
    saved: dict[str, str] = field(default_factory=dict)
    sections: Sequence[FakeSection] = ()
    threads: FakeThread | None = None
    listeners: list[Callable[[], None]] = field(default_factory=list)
    state: FakeLink = field(default_factory=FakeLink)
    pages: int = 0
    benches: dict[tuple[int, str], FakeBench] = field(default_factory=dict)
    steps: Sequence[FakeStep] = (
        FakeStep("BYTES", ok=True, detail="812 bytes, one canonical encoding"),
        FakeStep("SIGNATURE", ok=True, detail="Ed25519, author"),
        FakeStep("KEY", ok=True, detail="duty-1@ops.beijing.cn, valid"),
        FakeStep("LOG", ok=True, detail="beijing.cn.fusion/log/1 #412"),
        FakeStep("INCLUSION", ok=True, detail="9 hashes to the root"),
        FakeStep("COSIGNATURE", ok=None, detail="not yet"),
    )

    def __post_init__(self) -> None:
        self.size = self.size or len(self.bulletins)

    # Rows.

    def count(self) -> int:
        return self.size

    def row(self, number: int) -> FakeRow:
        return self.read(number).row

    def page(self, first: int, n: int) -> Sequence[FakeRow]:
        self.pages += 1
        last = min(first + n - 1, self.size)
        return [self.row(number) for number in range(first, last + 1)]

    def rows(self, numbers: Sequence[int]) -> Sequence[FakeRow]:
        self.pages += 1
        return [self.row(number) for number in numbers]

    def ids(self, which: Filter) -> "array[int]":
        numbers = range(self.size, 0, -1)
        return array("q", [n for n in numbers if passes(self.row(n), which)])

    def find(self, line: str) -> FakeFound:
        unknown = ""
        try:
            wanted = asking.Filter.read(line)
        except Refusal as refusal:
            wanted, unknown = asking.Filter.parse(line), refusal.where
        found = [n for n in range(self.size, 0, -1) if meets(self.row(n), wanted)]
        return FakeFound(array("q", found), unknown)

    def searches(self) -> Sequence[tuple[str, str]]:
        return sorted(self.saved.items())

    def save_search(self, name: str, line: str) -> None:
        if self.refuse:
            raise self.refuse
        self.saved[name] = line

    def forget_search(self, name: str) -> None:
        del self.saved[name]

    def unread_beside(self, number: int, step: int) -> int:
        while 1 <= (number := number + step) <= self.size:
            if not self.row(number).read:
                return number
        return 0

    def on_change(self, call: Callable[[], None]) -> Callable[[], None]:
        self.listeners.append(call)
        return lambda: self.listeners.remove(call)

    def arrive(self, bulletin: FakeOpened) -> None:
        """Let one more come in, as the link would."""
        self.size += 1
        row = replace(bulletin.row, number=self.size)
        self.changed[self.size] = replace(bulletin, row=row)
        self.tell()

    def tell(self) -> None:
        for call in list(self.listeners):
            call()

    # One bulletin.

    def read(self, number: int) -> FakeOpened:
        if not 1 <= number <= self.size:
            raise Refusal(Reason.NOT_FOUND, str(number))
        if number in self.changed:
            return self.changed[number]
        made = self.bulletins[(number - 1) % len(self.bulletins)]
        return replace(made, row=replace(made.row, number=number))

    def mark_read(self, number: int) -> None:
        self._change(number, read=True)

    def acknowledge(
        self,
        number: int,
        relation: Relation,
        remark: str,
        reason: str = "",
        confirmed: Sequence[str] = (),
    ) -> None:
        if self.refuse:
            raise self.refuse
        self._remark(remark, confirmed)
        self.acknowledged.append((number, relation, remark))
        self.reasons.append(reason)
        self._change(number, acknowledged=True)

    def _change(self, number: int, **row: object) -> None:
        old = self.read(number)
        self.changed[number] = replace(old, row=replace(old.row, **row))  # type: ignore[arg-type]  # names of its fields
        self.tell()

    def _remark(self, remark: str, confirmed: Sequence[str]) -> None:
        said = remark_of(remark, "OTHER", confirmed=confirmed)
        self.confirmed.append(list(said.confirmed))

    def recall(
        self,
        number: int,
        reason: str,
        instruction: str,
        remark: str,
        confirmed: Sequence[str] = (),
    ) -> None:
        if self.refuse:
            raise self.refuse
        self._remark(remark, confirmed)
        self.recalled.append((number, reason, instruction, remark))
        self._change(number, standing="RECALLED")

    def thread(self, number: int) -> FakeThread:
        return self.threads or FakeThread((FakePart(self.row(number)),))

    def handover(self) -> Sequence[FakeSection]:
        return self.sections

    def begin(self, number: int, relation: str) -> Draft:
        if self.refuse:
            raise self.refuse
        self.begun.append((number, relation))
        return self._draft(number, relation)

    def proposal(self, number: int) -> Draft:
        self.begun.append((number, "PROPOSAL"))
        return self._draft(number, "UPDATES")

    def _draft(self, number: int, relation: str) -> Draft:
        content = self.read(number).content
        code = env.Relation.Value(f"RELATION_{relation}")
        reference = env.Reference(relation=code, name=self.row(number).name)
        return Draft(
            precedence=env.PRECEDENCE_FLASH,
            mode=env.MODE_ACTUAL,
            tlp=env.TLP_AMBER,
            releasable_to=("cn", "pk"),
            to=("ops.beijing.cn",),
            content=content or Content(kind="SITREP"),
            references=(reference,),
        )

    def translate(self, number: int, lang: str) -> FakeBench:
        bulletin = self.read(number)
        if bulletin.content is None:
            raise Refusal(Reason.KIND, str(number))
        key = (number, lang)
        if key not in self.benches:
            flash = bulletin.row.precedence == "FLASH"
            self.benches[key] = FakeBench(
                bulletin.content, lang, flash=flash, drop=self.drop_draft
            )
        return self.benches[key]

    def chain(self, number: int) -> Sequence[FakeStep]:
        self.read(number)
        return self.steps

    def entry(self, number: int) -> bytes:
        return b"entry " + self.read(number).row.subject.encode()

    def link(self) -> FakeLink:
        return self.state

    def setting(self, key: str) -> str:
        return self.settings.get(key, "")

    def set_setting(self, key: str, value: str) -> None:
        self.settings[key] = value


HOSTILE = (
    "Evil\x1b]52;c;UFdORUQ=\x07\x1b[2J\x9b31m\u202egpj\u2066\x00\x0e"
    " [/ [@click=app.quit]x"
)

EN = Content(
    kind="WARNING",
    subject=segment("en", "Suspect vehicle seen near the northern crossing"),
    segments=[segment("en", "Wait, and report by telephone.", "s1")],
)
UR = Content(
    kind="WARNING",
    subject=segment("ur", "شمالی گزرگاہ کے قریب مشکوک گاڑی"),
    segments=[
        segment(
            "ur",
            "مشکوک گاڑی دیکھی گئی، تاریخ 2026-11-24، مقام 43S DU 12340 56780۔",
            "s1",
            Span(kind="GRID", text="43S DU 12340 56780"),
        )
    ],
)
ZH = Content(
    kind="MEDEVAC",
    subject=segment("zh-Hans", "北部口岸附近发现可疑车辆"),
    segments=[segment("zh-Hans", "请核实，并于24小时内回复。", "s1")],
)


def three(**more: object) -> FakeDesk:
    """Three bulletins, one in each language; the newest is Urdu, FLASH."""
    urdu = opened(3, UR, precedence="FLASH", ack_asked=True)
    texts = {"s0": "Suspect vehicle", "s1": "A suspect vehicle was seen."}
    urdu = replace(urdu, translations=(FakeTranslation("en", texts),))
    made = (
        opened(1, EN, read=True, outgoing=True, state="delivered"),
        opened(2, ZH, precedence="IMMEDIATE", mode="EXERCISE", read=True),
        urdu,
    )
    return FakeDesk(made, **more)  # type: ignore[arg-type]  # its own fields
