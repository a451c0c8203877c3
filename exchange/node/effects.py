"""Effects: acts that a session asks of its driver.

call or frame    effect               the driver then
open()           Send                 puts my Hello on the wire: every log that I
                                      hold, its size and newest head
Hello            CompareHeads         compares each head with the store: heard()
heard()          RecordCosigned       verifies the peer's line, sets how much of my
                                      log it holds: recorded()
                 Send                 Want, where the peer holds more of my own log:
                                      nothing is sent until that is stored here
Want             LoadLent             reads the peer's log in my replica: lent()
recorded()       LoadBatch            reads what follows what was sent, of my oldest
                                      log first: loaded()
                 LoadTexts            reads the texts that the peer's answer names,
                                      once it has all entries: given()
loaded()         SendBatch, LoadBatch and the next one, while the window has room
Batch            JudgeBatch           judges it upon those before it, stored or not:
                                      see IncomingLog
                 RestoreBatch         stores what came back of my log: restored()
                 StoreJudged          stores all that is judged so far, in one
                                      transaction, and cosigns it
                 AnswerHeld           finds the answer to a batch stored before:
                                      stored()
Cosigned         RecordCosigned       as above; goes on with the next batch
                 RecordShownLines     others' lines, of its sender's own log, and
                                      its directory head
Refused          LoadBatch            sends again from the size that the peer holds
Bodies           StoreText            verifies and keeps a text: stored() again
Undelivered      RecordUndelivered    keeps that its desks never took a text of mine
Express          StoreExpress         keeps what came ahead of its log:
                                      express.answer()
Expressed        Alarm                where what came ahead is late in my log
tick()           CosignAgain          cosigns the peer's head again, if it is time
                 LoadShownLines       others' lines under my own heads, and the
                                      directory head: shown()
                 LoadUndelivered      texts erased unread: reported()
                 CountExpress         what came ahead in vain: express.tell()
heard(), grew()  LoadExpress          what of my log passes the backlog:
                                      express.loaded()
Forked           JudgeFork            verifies the proof: frozen(), that log only
Bye              Close                ends the stream
"""

from collections.abc import Sequence
from dataclasses import dataclass

from exchange.errors import Reason
from exchange.v1 import exchange_service_pb2 as rpc
from exchange.v1 import ledger_pb2 as pb
from exchange.wire_batch import OutgoingBatch, WireBatch


@dataclass(frozen=True, slots=True)
class Send:
    """Put this frame on the wire."""

    frame: rpc.Frame


@dataclass(frozen=True, slots=True)
class SendBatch:
    """Put this batch on the wire."""

    batch: OutgoingBatch


@dataclass(frozen=True, slots=True)
class LoadBatch:
    """Fetch the next batch of a log of mine from `start` on; then call loaded().

    With `check`, a text that is damaged is said to be absent.
    """

    origin: str
    start: int
    check: bool = False


@dataclass(frozen=True, slots=True)
class JudgeBatch:
    """Judge this batch of the peer's log upon those judged before it.

    If IncomingLog.wants it still. Then call its judged() or failed(); AnswerHeld
    follows where the batch was stored before.
    """

    batch: WireBatch


@dataclass(frozen=True, slots=True)
class StoreJudged:
    """Store all batches of a log that are judged, cosign the last: then committed().

    Or failed(), of IncomingLog.
    """

    origin: str


@dataclass(frozen=True, slots=True)
class AnswerHeld:
    """Find the answer to a batch that was stored before; then stored()."""

    batch: WireBatch


@dataclass(frozen=True, slots=True)
class RecordCosigned:
    """Verify and keep the peer's cosignature; then call recorded()."""

    cosigned: rpc.Cosigned


@dataclass(frozen=True, slots=True)
class CompareHeads:
    """Compare the heads that the peer holds with what is stored; then heard()."""

    logs: list[pb.LogPosition]


@dataclass(frozen=True, slots=True)
class RestoreBatch:
    """Judge and store this batch of a log of mine; then call restored()."""

    batch: WireBatch


@dataclass(frozen=True, slots=True)
class LoadLent:
    """Fetch a batch of a log of the peer's from `start` on; then call lent()."""

    origin: str
    start: int


@dataclass(frozen=True, slots=True)
class LoadTexts:
    """Fetch the first few of these texts of a log of mine; then call given()."""

    origin: str
    indexes: Sequence[int]


@dataclass(frozen=True, slots=True)
class StoreText:
    """Verify and keep a text that an entry of the peer's log lacked; then stored().

    Where it is not the one signed, call doubted().
    """

    sent: rpc.Bodies


@dataclass(frozen=True, slots=True)
class LoadExpress:
    """Fetch urgent envelopes of mine that pass the backlog; then call express.loaded().

    At most `room`: of the log that I write to from `start` up to `size`, of which the
    peer holds `position`; and of those without a place behind number `after`. None of
    the names `known`; of those `unplaced` say where they stand by now.
    """

    start: int
    size: int
    position: int
    after: int
    known: frozenset[bytes]
    unplaced: frozenset[bytes]
    room: int


@dataclass(frozen=True, slots=True)
class StoreExpress:
    """Look at an urgent envelope of the peer's, and keep it; then expressed()."""

    sent: rpc.Express


@dataclass(frozen=True, slots=True)
class CountExpress:
    """Look what of the peer's came ahead of its log in vain; then express.tell()."""


@dataclass(frozen=True, slots=True)
class LoadUndelivered:
    """Forget the texts that were `told`; tell the peer of more: then reported().

    Of texts of its log that were erased before my desks took them.
    """

    told: Sequence[rpc.Undelivered]


@dataclass(frozen=True, slots=True)
class RecordUndelivered:
    """Keep that the peer erased a text of mine before its desks took it; then done."""

    text: rpc.Undelivered


@dataclass(frozen=True, slots=True)
class CosignAgain:
    """Cosign the newest head of the peer's log again if need be; then stored()."""


@dataclass(frozen=True, slots=True)
class LoadShownLines:
    """Show the peer what others have signed of my log, and I of its directory: shown().

    Each once, under a head that it has: it holds `held` entries.
    """

    held: int


@dataclass(frozen=True, slots=True)
class RecordShownLines:
    """Verify and keep others' lines under a head of the peer's; then done."""

    lines: rpc.Cosigned


@dataclass(frozen=True, slots=True)
class JudgeFork:
    """Verify this proof that a log is forked; then call frozen()."""

    forked: rpc.Forked


@dataclass(frozen=True, slots=True)
class Alarm:
    """Tell people: the link works, but what came over it must not be."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Close:
    """End the stream; `reason` is a word from the closed list, or empty."""

    reason: str


Texts = LoadTexts | StoreText | LoadUndelivered | RecordUndelivered
Lines = RecordCosigned | CosignAgain | LoadShownLines | RecordShownLines
Batches = LoadBatch | JudgeBatch | StoreJudged | AnswerHeld | RestoreBatch | LoadLent
Ahead = LoadExpress | StoreExpress | CountExpress
Disk = Batches | CompareHeads | JudgeFork | Texts | Lines | Ahead
Effect = Send | SendBatch | Disk | Alarm | Close

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
"""Which effects wait for each other; those that are not named are of track REST.

All that answers with a line is of one track: of two answers the later one covers the
earlier, and what that one says of its entries is said once.
"""
