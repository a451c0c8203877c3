"""A desk in memory, for the tests of the screens and for looking at them."""

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace

from exchange.browsed_logs import ProofStep
from exchange.bulletin.draft import Draft
from exchange.bulletin.prose_view import Doubts, Rendition
from exchange.desk.answer_words import describe_decline
from exchange.desk.board.records import Board, Week, WeekCounts
from exchange.desk.home_records import NO_HOME, HomeHere
from exchange.desk.link.turns import Turns
from exchange.desk.link_records import LinkReport
from exchange.desk.mailbox import filters
from exchange.desk.mailbox.saved_searches import SavedSearch
from exchange.desk.outgoing.composer import remark_of
from exchange.desk.records import (
    ListFilter,
    Matches,
    OpenedBulletin,
    Row,
    Thread,
    ThreadPart,
)
from exchange.desk.status_records import (
    DeskStatus,
    DutySection,
    LedgerAlarm,
    MissingBulletins,
    SentRow,
    SpokenCheck,
    TranslationItem,
)
from exchange.desk.terminal.desk import TerminalDesk
from exchange.errors import Reason, Refusal
from exchange.v1 import envelope_pb2 as env
from exchange.v1.bulletin_pb2 import Content
from tests.tui.examples import (
    EN,
    NOW,
    UR,
    ZH,
    changed,
    links,
    opened,
    rendition,
    status,
)
from tests.tui.fake_bench import FakeBench
from tests.tui.fake_directory import FakeDirectory
from tests.tui.fake_handovers import FakeHandovers
from tests.tui.fake_releases import FakeReleases
from tests.tui.fake_threads import FakeThreads
from tests.tui.fake_writing import FakeWriting


def passes(row: Row, which: ListFilter) -> bool:
    return {
        "ALL": True,
        "UNREAD": not row.read,
        "TO_ACKNOWLEDGE": row.ack_asked and not row.acknowledged,
        "FLASH": row.precedence == "FLASH",
        "DUE": row.ack_asked and not row.acknowledged,
        "RECALLED": row.standing == "RECALLED",
        "TO_TRANSLATE": row.lang != "en",
        "SENT": row.outgoing,
        "SINCE_SHIFT": row.number > 1,
        "REFUSED": row.verdict not in ("", "ACCEPTED"),
    }[which]


def meets(row: Row, wanted: filters.Filter) -> bool:
    """Whether a row meets the conditions that a test asks for."""
    return (
        wanted.text.strip() in row.subject
        and (not wanted.unread or not row.read)
        and (not wanted.kinds or row.kind in wanted.kinds)
        and (not wanted.precedence or row.precedence in wanted.precedence)
    )


@dataclass
class FakeDesk(FakeWriting, FakeReleases, FakeHandovers, FakeDirectory, TerminalDesk):
    """The desk of a terminal over a cycle of bulletins, `size` rows long."""

    bulletins: Sequence[OpenedBulletin]
    size: int = 0
    changed: dict[int, OpenedBulletin] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    acknowledged: list[tuple[int, str, str]] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    confirmed: list[list[str]] = field(default_factory=list)
    recalled: list[tuple[int, str, str, str]] = field(default_factory=list)
    begun: list[tuple[int, str]] = field(default_factory=list)
    saved: dict[str, str] = field(default_factory=dict)
    sections: Sequence[DutySection] = ()
    sent_rows: Sequence[SentRow] = ()
    folded_threads: FakeThreads = field(default_factory=FakeThreads)
    hook: LedgerAlarm | None = None
    queued: Sequence[TranslationItem] = ()
    missing: Sequence[MissingBulletins] = ()
    judged: list[tuple[str, int, str]] = field(default_factory=list)
    noted: list[int] = field(default_factory=list)
    requested: list[str] = field(default_factory=list)
    threads: Thread | None = None
    boards: dict[str, Board] = field(default_factory=dict)
    weeks: Sequence[Week] = ()
    counted: str = ""
    """The strictest TLP of what the weeks count."""
    counts_cut: bool = False
    of_weeks: dict[tuple[str, int], Sequence[int]] = field(default_factory=dict)
    looks: int = 0
    listeners: list[Callable[[], None]] = field(default_factory=list)
    state: DeskStatus = field(default_factory=status)
    report: LinkReport = field(default_factory=links)
    home: HomeHere = NO_HOME
    turns: Turns = field(default_factory=Turns)
    pages: int = 0
    benches: dict[tuple[int, str], FakeBench] = field(default_factory=dict)
    steps: Sequence[ProofStep] = (
        ProofStep("BYTES", ok=True, detail="812 bytes, one canonical encoding"),
        ProofStep("SIGNATURE", ok=True, detail="Ed25519, author"),
        ProofStep("KEY", ok=True, detail="duty-1@ops.beijing.cn, valid"),
        ProofStep("LOG", ok=True, detail="beijing.cn.fusion/log/1 #412"),
        ProofStep("INCLUSION", ok=True, detail="9 hashes to the root"),
        ProofStep("COSIGNATURE", ok=None, detail="not yet"),
    )

    def __post_init__(self) -> None:
        self.size = self.size or len(self.bulletins)

    # Rows.

    def count(self) -> int:
        return self.size

    def row(self, number: int) -> Row:
        return self.read(number).row

    def page(self, first: int, n: int) -> Sequence[Row]:
        self.pages += 1
        last = min(first + n - 1, self.size)
        return [self.row(number) for number in range(first, last + 1)]

    def rows(self, numbers: Sequence[int]) -> Sequence[Row]:
        self.pages += 1
        return [self.row(number) for number in numbers]

    def ids(self, which: ListFilter) -> "array[int]":
        numbers = range(self.size, 0, -1)
        return array("q", [n for n in numbers if passes(self.row(n), which)])

    def at_place(self, text: str) -> Sequence[Row]:
        rows = [self.row(number) for number in range(1, self.size + 1)]
        log, _, index = text.rpartition("#")
        found = [(row, *row.place.partition("#")) for row in rows]
        return [one for one, a, _, b in found if a.startswith(log) and b == index]

    def find(self, line: str) -> Matches:
        unknown = ""
        try:
            wanted = filters.Filter.read(line)
        except Refusal as refusal:
            wanted, unknown = filters.Filter.parse(line), refusal.where
        found = [n for n in range(self.size, 0, -1) if meets(self.row(n), wanted)]
        return Matches(array("q", found), unknown)

    def sent(self, limit: int) -> Sequence[SentRow]:
        """The given ones, else all that the desk wrote, with no addressees."""
        self._refuse()
        rows = [self.row(number) for number in self.ids("SENT")]
        return (self.sent_rows or [SentRow(row) for row in rows])[:limit]

    def searches(self) -> list[SavedSearch]:
        return [SavedSearch(*one) for one in sorted(self.saved.items())]

    def save_search(self, name: str, line: str) -> None:
        self._refuse()
        self.saved[name] = line

    def forget_search(self, name: str) -> None:
        del self.saved[name]

    def urgent(self) -> "array[int]":
        """What waits for an acknowledgement, then what is unread, FLASH first."""
        rows = [self.row(n) for n in range(max(1, self.size - 99), self.size + 1)]
        found = [
            (not (row.ack_asked and not row.acknowledged), -row.number)
            for row in rows
            if not row.read
        ]
        return array("q", [-number for _, number in sorted(found)])

    def voice_check(self, number: int) -> SpokenCheck:
        row = self.row(number)
        words = ("stopwatch", "adviser", "ahead", "alkali", "absurd", "almighty")
        said = (*words, "acme", "amulet")
        return SpokenCheck(said, "01234 56789 01234 56789", row.name.hex(), row.author)

    def translation_queue(self) -> Sequence[TranslationItem]:
        return self.queued

    def hook_alarm(self) -> LedgerAlarm | None:
        return self.hook

    def on_change(self, call: Callable[[], None]) -> Callable[[], None]:
        self.listeners.append(call)
        return lambda: self.listeners.remove(call)

    def arrive(self, bulletin: OpenedBulletin) -> None:
        """Let one more come in, as the link would."""
        self.size += 1
        row = changed(bulletin.row, number=self.size)
        self.changed[self.size] = replace(bulletin, row=row)
        self.tell()

    def tell(self) -> None:
        for call in list(self.listeners):
            call()

    # One bulletin.

    def read(self, number: int) -> OpenedBulletin:
        if not 1 <= number <= self.size:
            raise Refusal(Reason.NOT_FOUND, str(number))
        if number in self.changed:
            return self.changed[number]
        made = self.bulletins[(number - 1) % len(self.bulletins)]
        index = None if made.row.index is None else number
        return replace(made, row=changed(made.row, number=number, index=index))

    def doubts(self, content: Content, translation: Rendition) -> Doubts:  # noqa: ARG002 - as a desk
        return translation.doubts

    def mark_read(self, number: int) -> None:
        self._change(number, read=True)

    def acknowledge(
        self,
        number: int,
        relation: str,
        remark: str,
        reason: str = "",
        confirmed: Sequence[str] = (),
    ) -> str:
        self._refuse()
        self._remark(remark, confirmed)
        self.acknowledged.append((number, relation, remark))
        self.reasons.append(reason)
        self._change(number, acknowledged=True)
        return self.becomes

    def _change(self, number: int, **row: object) -> None:
        old = self.read(number)
        self.changed[number] = replace(old, row=changed(old.row, **row))
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
    ) -> str:
        self._refuse()
        self._remark(remark, confirmed)
        self.recalled.append((number, reason, instruction, remark))
        self._change(number, standing="RECALLED")
        return self.becomes

    def thread(self, number: int) -> Thread:
        return self.threads or Thread((ThreadPart(self.row(number)),))

    def board(self, mode: str) -> Board:
        self.looks += 1
        return self.boards.get(mode, Board(mode, NOW))

    def board_weeks(self, mode: str) -> WeekCounts:
        if mode != "ACTUAL":
            return WeekCounts((), "")
        return WeekCounts(self.weeks, self.counted, self.counts_cut)

    def board_week(self, mode: str, start: int) -> Sequence[int]:
        return self.of_weeks.get((mode, start), ())

    def handover(self) -> Sequence[DutySection]:
        return self.sections

    def begin(self, number: int, relation: str) -> Draft:
        self._refuse()
        self.begun.append((number, relation))
        return self._draft(number, relation)

    def take_note(self, number: int) -> Sequence[str]:
        self._refuse()
        self.noted.append(number)
        row = self.row(number)
        said = [one._replace(officer=self.state.officer) for one in row.declined]
        self._change(number, declined=tuple(said))
        return [describe_decline(one) for one in said]

    def proposal(self, number: int) -> Draft:
        self.begun.append((number, "PROPOSAL"))
        return self._draft(number, "UPDATES")

    def missing_bulletins(self) -> Sequence[MissingBulletins]:
        return self.missing

    def judge_number(self, sender: str, number: int, verdict: str) -> None:
        self.judged.append((sender, number, verdict))
        self.missing = [one for one in self.missing if one.number != number]

    def request_missing(self, sender: str) -> Draft:
        self._refuse()
        self.requested.append(sender)
        return self._draft(1, "UPDATES").replace(to=(sender,))

    def _draft(self, number: int, relation: str) -> Draft:
        answers = relation == "ANSWERS"  # all of it is to be written
        content = None if answers else self.read(number).content
        code = env.Relation.Value(f"RELATION_{relation}")
        reference = env.Reference(relation=code, name=self.row(number).name)
        return Draft(
            precedence=env.PRECEDENCE_PRIORITY if answers else env.PRECEDENCE_FLASH,
            mode=env.MODE_ACTUAL,
            tlp=env.TLP_AMBER,
            releasable_to=("cn", "pk"),
            to=("ops.beijing.cn",),
            content=content or Content(kind="REPLY"),
            references=(reference,),
        )

    def translate(self, number: int, lang: str) -> FakeBench:
        bulletin = self.read(number)
        if bulletin.content is None:
            raise Refusal(Reason.KIND, str(number))
        key = (number, lang)
        if key not in self.benches:
            bench = FakeBench(bulletin.content, lang, forget=self.drop_draft)
            self.benches[key] = bench
        return self.benches[key]

    def chain(self, number: int) -> Sequence[ProofStep]:
        self.read(number)
        return self.steps

    def entry(self, number: int) -> bytes:
        return b"entry " + self.read(number).row.subject.encode()

    def links(self) -> LinkReport:
        self._refuse()
        return self.report

    def link(self) -> DeskStatus:
        return self.state

    def look(self) -> DeskStatus:
        return self.state

    def setting(self, key: str) -> str:
        return self.settings.get(key, "")

    def set_setting(self, key: str, value: str) -> None:
        self.settings[key] = value


def three(**more: object) -> FakeDesk:
    """Three bulletins, one in each language; the newest is Urdu, FLASH."""
    urdu = opened(3, UR, precedence="FLASH", ack_asked=True)
    texts = {"s0": "Suspect vehicle", "s1": "A suspect vehicle was seen."}
    urdu = replace(urdu, translations=(rendition("en", texts),))
    made = (
        opened(1, EN, read=True, outgoing=True, state="delivered"),
        opened(2, ZH, precedence="IMMEDIATE", mode="EXERCISE", read=True),
        urdu,
    )
    return FakeDesk(made, **more)  # type: ignore[arg-type]  # its own fields
