"""Effects: requests of a session to its driver.

call or frame    effect               the driver then
open()           Send                 sends my Hello: every log that I hold, its size
                                      and newest head
Hello            CompareHeads         compares each head with the store: heard()
heard()          RecordCosigned       verifies the peer's line, sets how much of my
                                      log it holds: recorded()
                 Send                 Want, if the peer holds more of my own log:
                                      nothing is sent until that is stored here
Want             LoadLent             reads the peer's log in my replica: lent()
recorded()       LoadBatch            reads the next entries to send, of my oldest
                                      log first: loaded()
                 LoadTexts            reads the texts that the peer's answer names,
                                      once it has all entries: given()
loaded()         Send, LoadBatch      and the next one, while the window has room
Batch            JudgeBatch           judges it after those before it, stored or not:
                                      see IncomingLog
                 RestoreBatch         stores returned entries of my log: restored()
                 StoreJudged          stores all judged batches in one transaction,
                                      and cosigns the last
                 AnswerHeld           finds the answer to a batch stored before:
                                      stored()
Cosigned         RecordCosigned       as above; goes on with the next batch
                 LoadTexts            at the next ticks, if its sender names texts
                                      of its own log that it has lost: given()
                 RecordShownLines     others' lines, of its sender's own log, and
                                      its directory head
Refused          LoadBatch            sends again from the size that the peer holds
Bodies           StoreText            verifies and keeps a text: stored() again
Undelivered      RecordUndelivered    records that its desks never took a text of mine
Express          StoreExpress         keeps an envelope sent ahead of its log:
                                      express.answer()
Expressed        Alarm                if an envelope sent ahead is late in my log
tick()           CosignAgain          cosigns the peer's head again, if it is time
                 LoadShownLines       others' lines under my own heads, and the
                                      directory head: shown()
                 LoadLostTexts        texts of my own log that are lost: asked()
                 LoadUndelivered      texts erased unread: reported()
                 CountExpress         envelopes ahead that never came: express.tell()
heard(), grew()  LoadExpress          entries of my log that pass the backlog:
                                      express.loaded()
Forked           JudgeFork            verifies the proof: frozen(), that log only
Bye              Close                ends the stream
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct, field

from exchange.envelope_parser import ReceivedBatch
from exchange.errors import Reason
from exchange.limits import EXPRESS_HELD_MAX
from exchange.v1 import exchange_service_pb2 as rpc
from exchange.v1 import ledger_pb2 as pb


class Send(Struct, frozen=True):
    frame: rpc.Frame


class LoadBatch(Struct, frozen=True):
    """Load a batch from `start`; with `check`, a damaged text is sent as absent."""

    origin: str
    start: int
    check: bool = False


class JudgeBatch(Struct, frozen=True):
    """Judge the batch, if IncomingLog still wants it.

    Calls its judged() or failed(), or does AnswerHeld for a batch stored before.
    """

    batch: ReceivedBatch


class StoreJudged(Struct, frozen=True):
    """Store the judged batches; then IncomingLog's committed() or failed()."""

    origin: str


class AnswerHeld(Struct, frozen=True):
    batch: ReceivedBatch


class RecordCosigned(Struct, frozen=True):
    cosigned: rpc.Cosigned


class CompareHeads(Struct, frozen=True):
    logs: list[pb.LogPosition]


class RestoreBatch(Struct, frozen=True):
    batch: ReceivedBatch


class LoadLent(Struct, frozen=True):
    origin: str
    start: int


class LoadTexts(Struct, frozen=True):
    """The first few of them."""

    origin: str
    indexes: Sequence[int]


class StoreText(Struct, frozen=True):
    """Store a text; if it is not the signed one, call doubted()."""

    sent: rpc.Bodies


class LoadLostTexts(Struct, frozen=True):
    """Find the lost texts of my logs to request from the peer now; then asked()."""


class LoadExpress(Struct, frozen=True):
    """Load at most `room` urgent entries to send ahead of the backlog.

    They come from the log that I write to, from `start` up to `size` (the peer holds
    `position`), and from those without a place, after number `after`. Leave out the
    names `known`; return the places that `unplaced` have by now. `beside` is the extra
    room for revocations. At most `of_a_desk` of one author's desk are open, including
    the `authors` counts so far.
    """

    start: int
    size: int
    position: int
    after: int
    known: frozenset[bytes]
    unplaced: frozenset[bytes]
    room: int
    beside: int = 0
    authors: Mapping[str, int] = field(default_factory=dict)
    of_a_desk: int = EXPRESS_HELD_MAX


class StoreExpress(Struct, frozen=True):
    sent: rpc.Express


class CountExpress(Struct, frozen=True):
    """Find the peer's envelopes ahead that never came; then express.tell()."""


class LoadUndelivered(Struct, frozen=True):
    """Forget the notices `told`; find more.

    Of texts of its log that were erased before my desks took them.
    """

    told: Sequence[rpc.Undelivered]


class RecordUndelivered(Struct, frozen=True):
    text: rpc.Undelivered


class CosignAgain(Struct, frozen=True):
    """Cosign the newest head of the peer's log again if due; then stored()."""


class LoadShownLines(Struct, frozen=True):
    """Each once, under a head that the peer has: it holds `held` entries."""

    held: int


class RecordShownLines(Struct, frozen=True):
    lines: rpc.Cosigned


class JudgeFork(Struct, frozen=True):
    forked: rpc.Forked


class Alarm(Struct, frozen=True):
    """The link works, but something sent over it is wrong."""

    reason: Reason


class Close(Struct, frozen=True):
    """`reason` is of the closed list, or empty."""

    reason: str


Texts = LoadTexts | StoreText | LoadLostTexts | LoadUndelivered | RecordUndelivered
Lines = RecordCosigned | CosignAgain | LoadShownLines | RecordShownLines
Batches = LoadBatch | JudgeBatch | StoreJudged | AnswerHeld | RestoreBatch | LoadLent
Ahead = LoadExpress | StoreExpress | CountExpress
Disk = Batches | CompareHeads | JudgeFork | Texts | Lines | Ahead
Effect = Send | Disk | Alarm | Close

LOAD, JUDGE, STORE, RECORD, AHEAD, REST = range(6)
TRACKS: dict[type[Disk], int] = {
    LoadBatch: LOAD,
    LoadLent: LOAD,
    LoadTexts: LOAD,
    JudgeBatch: JUDGE,
    StoreJudged: STORE,
    AnswerHeld: STORE,
    StoreText: STORE,
    CosignAgain: STORE,
    RecordCosigned: RECORD,
    LoadExpress: AHEAD,
    StoreExpress: AHEAD,
    CountExpress: AHEAD,
}
"""Which effects wait for each other; those not named are of track REST.

Effects that answer with a line share one track: of two answers the later one covers
the earlier, and reports on its entries are not repeated.
"""
