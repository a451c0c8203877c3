"""The state of a liaison node: store, keys, members, heads heard.

All is synchronous, for any thread; `net` calls it through `asyncio.to_thread`. One lock
orders all appends and directory changes. A signed head or cosignature leaves only after
the commit that stores it. Until the start-up rule (start_up.py) is met nothing is
signed: envelopes of desks are kept and wait.
"""

import secrets
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping

from msgspec import Struct, field

from exchange.clock import Clock
from exchange.ledger.checkpoint import Head
from exchange.limits import LINES_SOUGHT
from exchange.node.cold_moves import ColdMoves
from exchange.node.cosigned_sizes import CosignedSizes
from exchange.node.directory_state import DirectoryState
from exchange.node.disk_use import Pruner
from exchange.node.express_memory import ExpressMemory
from exchange.node.express_pace import ExpressPace
from exchange.node.log_signer import LogSigner
from exchange.node.lost_entries import LostEntries
from exchange.node.members import Members
from exchange.node.posture import Posture
from exchange.node.quota import Quota
from exchange.node.recent_batches import RecentBatches
from exchange.node.sealing_pace import SealingPace
from exchange.node.signed_time import SignedTime
from exchange.node.start_up import EmissionRecord, StartUp
from exchange.node.term import Term
from exchange.node.writer_turn import ALONE, TurnSigner
from exchange.store import Store, StoredFork
from keys.signing import Signer

HOLDER_SIZE = 16  # bytes that identify the writing process


class NodeKeys(Struct, frozen=True):
    """The keys of a node, in plain 0600 files; `log` may be on a token."""

    log: Signer  # Ed25519, the log's 0x01 line
    log_pq: Signer  # ML-DSA-44, the log's 0x06 line
    mirror: Signer  # ML-DSA-44, the cosigner's 0x06 line


class LinesShown(Struct, frozen=True):
    """The time (elapsed ms) of lines shown, and their bytes."""

    at: int
    size: int


class Schedule(Struct):
    """When upkeep is next due, in elapsed ms."""

    give_up_at: int = 0
    erase_at: int | None = None  # at the next tick
    erased_to: dict[str, int] = field(default_factory=dict)
    """How far this round has come in each log."""


class Node:
    def __init__(  # noqa: PLR0913, PLR0917  all that a node is made of
        self,
        members: Members,
        store: Store,
        keys: NodeKeys,
        clock: Clock,
        quota: Quota | None = None,
        record: EmissionRecord | None = None,
        term: Term | None = None,
    ) -> None:
        """`term` is given for a shared database; None: this process is the only one."""
        self.emitted = record or EmissionRecord()
        self.term = term or ALONE
        if term is None:
            restored = self.emitted.open(store, secrets.token_bytes(HOLDER_SIZE))
        else:
            restored = self.emitted.begin(store, term)
        self.quota = quota or Quota(clock.elapsed)
        self.quota.recall(store.budgets)
        self.members, self.name = members, members.me
        self.origin = members.origin(members.me)  # of the own log
        self.store = store
        self.log_signer = LogSigner(keys.log, clock)
        self.keys = NodeKeys(
            TurnSigner(self.log_signer, self.term),
            TurnSigner(keys.log_pq, self.term),
            TurnSigner(keys.mirror, self.term),
        )
        self.clock = clock
        self.signed_time = SignedTime(clock, store, members.clocks)
        self.recent = RecentBatches()  # of the own log
        self.lock = threading.Lock()
        self.cosigned_again_at: dict[str, int] = {}  # by origin, elapsed ms
        self.untold_refusals: set[str] = set()
        """Logs with an answer that left out refusals: they could not be signed."""
        self.cosigned_sizes = CosignedSizes(
            lambda: store.heads.falling(self.origin, LINES_SOUGHT)
        )
        self.lines_shown: dict[str, LinesShown] = {}  # by partner
        self.startup = StartUp(members.peers, restored=restored)
        self.forks: Mapping[str, StoredFork] = store.forks.all()
        self.newer_rules: Mapping[str, int] = {}
        """Logs whose next entries need newer rules, and since when (ms UTC)."""
        self.pruner, self.schedule = Pruner(store), Schedule()
        self.cold = ColdMoves(store, clock.elapsed)
        self.lost = LostEntries()
        self.signed_size = 0
        """The size of the newest own head that this process signed."""
        self.in_doubt = False
        """Whether an append was interrupted and its result is unknown."""
        self.directory = DirectoryState()
        self.express: dict[str, ExpressPace] = defaultdict(ExpressPace)  # by partner
        self.sealing_pace = SealingPace()
        self.unstored = ExpressMemory()
        self.confirmed: Callable[[], bool] = lambda: False
        """Whether an operator just confirmed the wall clock; called each tick."""
        self.posture = Posture()
        self.read_posture: Callable[[], Posture] = Posture
        """The operator's restrictions; called each tick."""
        self.pending_tried = False
        """Whether all waiting envelopes were tried since signing is allowed."""
        self.has_unread: Callable[[], bool] = lambda: False
        """Whether the home has unread statements of the nation; any thread."""
        self.on_change: Callable[[], None] = lambda: None
        self.on_refilled: Callable[[], None] = lambda: None
        self.on_fork: Callable[[str, bytes], None] = lambda _origin, _proof: None

    @property
    def may_sign(self) -> bool:
        return (
            self.term.writes
            and self.origin not in self.forks
            and self.startup.heard_enough(self.clock.elapsed())
            and all(self._whole(log) for log in self.members.logs(self.name))
        )

    def _whole(self, log: str) -> bool:
        """Return whether it is as long as any head seen, or ended and is not empty.

        Heads beyond the end of an ended log are of abandoned entries; up to its end it
        must be here before the next log is opened (Members.check_opening).
        """
        size = self.store.logs.size(log)
        if log != self.origin:
            return bool(size)
        return self.startup.ahead(log, size) is None

    def may_cosign(self, head: Head) -> bool:
        if head.origin in self.newer_rules or not self.term.writes:
            return False
        asked = self.startup.heard_enough(self.clock.elapsed())
        return asked and self.startup.ahead(head.origin, head.size) is None
