"""Vectors of what an export must hold, by trust files and heads known before."""

from collections.abc import Iterator, Sequence

from exchange.audit.sources import records
from exchange.audit.sources.export_file import NUMBER
from exchange.ledger import checkpoint, directory_tree
from exchange.ledger.checkpoint import Head
from exchange.ledger.directory_head import sign_directory_head
from exchange.ledger.directory_tree import is_directory
from exchange.ledger.merkle import Edge, leaf_hash, root_hash
from tests.node.world import FILED, beginning, bulletin, keys_of
from tests.trust.nation import Nation

PK, CN = Nation().enrol(), Nation("cn", "beijing").enrol()
OURS, THEIRS = (checkpoint.log_origin(one.node) for one in (PK, CN))
TIME = FILED // 1_000  # s
ENTRIES = [
    *(sent.entry for sent in beginning(PK)),
    *(bulletin(PK, CN, text).entry for text in (b"one", b"two")),
]
END = len(ENTRIES)
Case = dict[str, object]


def head(size: int, *, cosigned: bool = True, beside: bool = False) -> bytes:
    """Return a head of Islamabad's log, or one that is beside it."""
    leaves = [leaf_hash(entry) for entry in ENTRIES[:size]]
    root = bytes(32) if beside or size > END else root_hash(leaves)
    keys = keys_of(PK.node)
    note = checkpoint.sign_head(Head(OURS, size, root), keys.log, keys.log_pq, TIME)
    if not cosigned:
        return note
    mirror = checkpoint.cosigner_name(CN.node)
    return checkpoint.cosign(note, mirror, keys_of(CN.node).mirror, TIME + 1)


def directory_head(size: int) -> bytes:
    leaves = [
        (index, leaf_hash(entry))
        for index, entry in enumerate(ENTRIES[:size])
        if is_directory(entry)
    ]
    edge, keys = directory_tree.extend(Edge.empty(), leaves, size), keys_of(PK.node)
    return sign_directory_head(OURS, edge, keys.log, keys.log_pq, TIME)


def file(
    node: str,
    size: int = END,
    logs: Sequence[str] = (THEIRS, OURS),
    time: int = FILED + 60_000,
    heads: Sequence[bytes] = (),
) -> bytes:
    """Return an export with these logs, Islamabad's up to a size."""
    wanted: list[tuple[int, list[bytes]]] = [
        (records.HEADER, [node.encode(), NUMBER.pack(time)])
    ]
    for log in logs:
        held = size if log == OURS else 0
        wanted.append((records.LOG, [log.encode(), NUMBER.pack(held)]))
        if held:
            wanted += [
                (records.ENTRIES, ENTRIES[:held]),
                (records.HEADS, [head(held), *heads]),
                (records.DIRECTORY, [directory_head(held)]),
            ]
    data, rows = records.MAGIC, []
    for kind, items in wanted:
        for row, record in records.chunks(kind, items):
            rows.append(row)
            data += record
    index = records.index(rows)
    return data + index + records.trailer(len(data), index)


def cases() -> Iterator[Case]:
    cut, pk, cn = END - 1, PK.node, CN.node
    back = [[OURS, cut, END]]
    for shows, data, known, lacks in (
        ("all that it must hold", file(pk), [head(END)], {}),
        ("no log of the partner", file(pk, logs=[OURS]), [], {"missing": [THEIRS]}),
        ("no own log", file(pk, logs=[THEIRS]), [], {"missing": [OURS]}),
        ("cut, and nobody knows", file(pk, cut), [], {}),
        ("cut below a known head", file(pk, cut), [head(END)], {"rolled_back": back}),
        ("cut, and a head left in it", file(pk, cut, heads=[head(END)]), [],
         {"rolled_back": back}),
        ("a mirror cut below a head that it cosigned", file(cn, cut), [head(END)],
         {"rolled_back": back}),
        ("a mirror behind a head that it never cosigned", file(cn, cut),
         [head(END, cosigned=False)], {}),
        ("cut below a head that nobody signed", file(pk, cut),
         [head(END).replace(b"\n%d\n" % END, b"\n9\n", 1)], {}),
        ("a known head beside it", file(pk), [head(2, beside=True)], {"fork": [OURS]}),
        ("a known head of its size beside it", file(pk), [head(END, beside=True)],
         {"fork": [OURS]}),
        ("two heads of one size in it", file(pk, heads=[head(END, beside=True)]), [],
         {"fork": [OURS]}),
        ("two heads of one size beyond it", file(pk, cut, heads=[head(END)]),
         [head(END, beside=True)], {"rolled_back": back, "fork": [OURS]}),
        ("dated back", file(pk, time=FILED - 1), [], {"time": True}),
        ("dated to the second of its own line", file(pk, time=TIME * 1_000), [], {}),
        ("a mirror dated before its own line", file(cn, time=TIME * 1_000), [],
         {"time": True}),
    ):  # fmt: skip
        none: Case = {"missing": [], "rolled_back": [], "fork": [], "time": False}
        yield {
            "shows": shows,
            "file": data.hex(),
            "known": [note.decode() for note in known],
            **none,
            **lacks,
        }


def demands() -> dict[str, object]:
    nodes = [node for one in (PK, CN) for node in one.bundle.nodes.values()]
    return {
        "trust": [one.data.hex() for one in (PK, CN)],
        "nodes": {
            node.name: {
                "logs": [key.encode() for key in node.logs],
                "mirrors": [key.encode() for key in node.cosigners],
            }
            for node in nodes
        },
        "cases": list(cases()),
    }


FILES = {"demands": demands}
