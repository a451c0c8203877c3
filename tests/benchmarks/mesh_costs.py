"""The formula for the costs of a mesh of many members; docs/scale.md uses it.

Each log goes from its owner to every other member: entries to all, texts to the nodes
of the desks addressed. A batch has a head over its entries, and its answer a line under
that head, so a bulletin that comes alone pays for both. Each minute a link confirms
that nothing has changed. All results are bytes of TCP payload or of disk, or numbers of
signatures.

The sizes are those of the formats, as tests/mesh/test_scale.py counts them in meshes
in virtual time; `python -m tests.benchmarks members` measures the same with real nodes.
"""

from msgspec import Struct

from exchange.limits import (
    DAY,
    EXPIRES_AFTER,
    HEAD_LINES_MAX,
    MINUTE,
    RETENTION,
    SEALING_KEY_LIFE,
    SECOND,
)

HEAD = 3_560  # bytes of a head with its log's two lines, and of the frame around it
ANSWER = 6_820  # bytes of an answer: such a head, and the line of who cosigned
LINE = 3_270  # bytes of another's line that an owner shows
REST = 17_200  # bytes a minute, each way of a link that has nothing else to say
HEAD_STORED = 5_100  # bytes of a head in a database, its log's lines in it
LINE_STORED = 3_600  # bytes of each further line under it
ROW = 420  # bytes in a database beside those of an entry
STATEMENT = 1_900  # bytes of an entry by which a desk states a sealing key
LOG_LINES = 2
OWNED_MAX = HEAD_LINES_MAX - LOG_LINES  # lines of others that are kept under a head
BATCH = 256  # entries of a batch under load: what a desk hands over in one call

MINUTES = DAY // MINUTE  # a day
SECONDS = DAY // SECOND
YEAR = 365  # days
TEXT_DAYS = (EXPIRES_AFTER + RETENTION) // DAY  # that a text is kept
STATED_EVERY = SEALING_KEY_LIFE // DAY  # days, by each desk
BITS = 8  # a byte


class Traffic(Struct, frozen=True):
    """The traffic of the desks of a mesh; sizes are those of a bulletin of 2 KB."""

    members: int
    desks: int = 0  # of all members together
    bulletins: float = 10  # a desk and day
    addressed: float = 2  # other nodes that a bulletin's text goes to
    receipts: float = 2  # entries without text that answer a bulletin
    entry: int = 480  # bytes on a link
    text: int = 4_550  # bytes on a link: body and wraps
    cosigners: int = 0  # that a stated policy needs; 0 where the default quorum holds

    @property
    def needed(self) -> int:
        """How many others must have cosigned a head."""
        return self.cosigners or quorum(self.members)

    @property
    def written(self) -> float:
        """Bulletins of all members a day."""
        return self.desks * self.bulletins

    @property
    def entries(self) -> float:
        """Entries of all logs a day, without what desks state of their keys."""
        return self.written * (1 + self.receipts)

    @property
    def statements(self) -> float:
        """Statements of sealing keys a day."""
        return self.desks / STATED_EVERY

    @property
    def batches(self) -> float:
        """Batches of one log a day: an entry each, while they come singly."""
        a_log = (self.entries + self.statements) / self.members
        return max(a_log / BATCH, min(a_log, SECONDS))


def quorum(members: int) -> int:
    """Return how many other nations must cosign if no policy is stated."""
    return (members - 1) // 2 + 1


def largest_quorum() -> int:
    """Return the largest mesh in which the default quorum's lines fit under a head."""
    return max(n for n in range(2, 10 * HEAD_LINES_MAX) if quorum(n) <= OWNED_MAX)


def shown_to_all() -> int:
    """Return the largest mesh in which each member is shown what the others signed.

    An owner shows lines under heads that the member has signed itself, and keeps no
    more than OWNED_MAX under one; a member whose line came after these is shown none.
    """
    return OWNED_MAX + 1


def shown_a_minute(traffic: Traffic) -> float:
    """Return the mean bytes of shown lines on a link in a minute with a batch."""
    return shown(traffic.needed) * served(traffic.members)


def served(members: int) -> float:
    """Return the share of the other members to whom an owner shows lines of a head."""
    return min(1.0, OWNED_MAX / (members - 1))


def shown(needed: int) -> int:
    """Return the bytes of others' lines that an owner shows a member at one time.

    These are the lines that the policy needs, without the member's own: none if it
    needs only one, and none if it can never be met.
    """
    others = needed - 1
    return ANSWER + (others - 1) * LINE if 0 < others < OWNED_MAX else 0


def single(traffic: Traffic, *, read: bool) -> int:
    """Return the bytes of a batch that holds one bulletin only."""
    return HEAD + traffic.entry + (traffic.text if read else 0)


def bulk(traffic: Traffic, *, read: bool, together: float) -> float:
    """Return the bytes of a bulletin on a link, both ways, in batches of so many."""
    text = traffic.text if read else 0
    return traffic.entry + text + (HEAD + ANSWER) / together


def verified_entries(members: int, together: float) -> float:
    """Return the Ed25519 signatures that a node verifies for each entry."""
    return 1 + 2 / members / together


def verified_heads(members: int, together: float) -> float:
    """Return the ML-DSA-44 signatures that a node verifies for each entry.

    They are those of heads and lines, if every member sends something each minute,
    without the lines that are passed on.
    """
    return (3 - 1 / members) / together


def kept_lines(traffic: Traffic, live: int = 0) -> float:
    """Return the mean number of others' lines under a head, over all members.

    The owner keeps them all; others keep their own and those that they are shown.
    `live` is over how many members the mean is taken, if not over all.
    """
    nodes = live or traffic.members
    owned = min(nodes - 1, OWNED_MAX)
    more = traffic.needed - 1 if traffic.needed <= OWNED_MAX else 0
    held = 1 + more * served(traffic.members)
    return (owned + (nodes - 1) * held) / nodes


def stored_single(traffic: Traffic, live: int = 0) -> float:
    """Return the bytes that a bulletin under a head of its own adds to a database.

    `live`: as `kept_lines`.
    """
    nodes = live or traffic.members
    text = traffic.text * (1 + min(traffic.addressed, nodes - 1)) / nodes
    head = HEAD_STORED + LINE_STORED * kept_lines(traffic, live)
    return ROW + traffic.entry + text + head


def stored_bulk(traffic: Traffic) -> float:
    """Return the bytes that a bulletin for one other node adds, in full batches."""
    return ROW + traffic.entry + traffic.text * 2 / traffic.members


def uplink(traffic: Traffic) -> float:
    """Return the bytes a day that a node sends to all others; it receives as much.

    It is what all links send each minute; lines passed on in minutes with a batch; its
    own entries, heads and texts; and its answers to all others' batches.
    """
    peers, minutes = traffic.members - 1, min(traffic.batches, MINUTES)
    own = traffic.entries / traffic.members * traffic.entry
    own += traffic.statements / traffic.members * STATEMENT
    said = MINUTES * REST + minutes * shown_a_minute(traffic)
    batches = traffic.batches * (HEAD + ANSWER)
    nodes = min(traffic.addressed, peers)
    texts = traffic.written / traffic.members * nodes * traffic.text
    return peers * (said + own + batches) + texts


def verified(traffic: Traffic) -> tuple[float, float]:
    """Return the Ed25519 and ML-DSA-44 signatures that a node verifies a day."""
    entries, peers = traffic.entries + traffic.statements, traffic.members - 1
    heads = 2 * traffic.batches * peers
    lines = min(traffic.batches, MINUTES) * peers * max(traffic.needed - 1, 0)
    return entries + heads / 2, heads + 2 * MINUTES * peers + lines


def stored(traffic: Traffic) -> tuple[float, float]:
    """Return by how many bytes a database grows in a year, and those of its texts.

    Heads and entries stay; texts go TEXT_DAYS after their bulletin was filed. One head
    a minute of each log stays.
    """
    entries = traffic.entries * (traffic.entry + ROW)
    entries += traffic.statements * (STATEMENT + ROW)
    kept = min(traffic.batches, MINUTES)
    head = HEAD_STORED + LINE_STORED * kept_lines(traffic)
    heads = traffic.members * kept * head
    nodes = 1 + min(traffic.addressed, traffic.members - 1)
    texts = traffic.written * nodes / traffic.members * traffic.text * TEXT_DAYS
    return (entries + heads) * YEAR, texts


def catch_up(traffic: Traffic, days: float, bits: float, rate: float) -> float:
    """Return the seconds that a member needs to catch up after so many days away.

    Its line carries so many bits a second, its machine takes `rate` entries a second.
    What it missed comes in full batches, with one head each.
    """
    peers = traffic.members - 1
    share = peers / traffic.members
    entries = (traffic.entries + traffic.statements) * share * days
    nodes = min(traffic.addressed, peers)
    texts = traffic.written * nodes / traffic.members * traffic.text
    texts += traffic.statements * share * STATEMENT
    heads = entries / BATCH * HEAD
    size = heads + (traffic.entries * share * traffic.entry + texts) * days
    return max(size * BITS / bits, entries / rate)


def line_share(traffic: Traffic, bits: float) -> float:
    """Return how much of a node's line is used, if all its links share that line."""
    return uplink(traffic) * BITS / SECONDS / bits
