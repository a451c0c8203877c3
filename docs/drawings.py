"""Draw the pictures of how the exchange works, in docs.

python docs/drawings.py
"""  # noqa: INP001 - a program, not a package

from collections.abc import Callable, Iterable
from html import escape
from pathlib import Path

DOCS = Path(__file__).parent
WIDTH = 800  # px; all lengths are
LINE = 17  # px from one line of a text to the next
CHAR = 6.7  # px that a letter takes at most, on average of a line
STYLE = """
text{font:13px system-ui,sans-serif;fill:#1f2328}.head{font-weight:600}
.faint{fill:#59636e}.on{text-anchor:middle}.end{text-anchor:end}
.sheet{fill:#fff}.node{fill:#ddf4ff;stroke:#0969da}.desk{fill:#dafbe1;stroke:#1a7f37}
.key{fill:#fff8c5;stroke:#9a6700}.bad{fill:#ffebe9;stroke:#cf222e}
.note{fill:#f6f8fa;stroke:#8c959f}.life{stroke:#8c959f;stroke-dasharray:3 4;fill:none}
.arrow{stroke:#59636e;stroke-width:1.5;fill:none}.tip{fill:#59636e}
.dead{stroke:#cf222e;stroke-width:2;stroke-dasharray:6 5;fill:none}
@media (prefers-color-scheme:dark){text{fill:#e6edf3}.faint{fill:#9198a1}
.sheet{fill:#0d1117}.node{fill:#10263f;stroke:#4493f8}.desk{fill:#12261e;stroke:#3fb950}
.key{fill:#2b2111;stroke:#d29922}.bad{fill:#2d1517;stroke:#f85149}
.note{fill:#161b22;stroke:#6e7681}.life{stroke:#6e7681}
.arrow{stroke:#9198a1}.tip{fill:#9198a1}.dead{stroke:#f85149}}
"""
"""Light and dark, each with its own ground, so that no page around it matters."""

TIP = """
<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8"
markerHeight="8" orient="auto"><path class="tip" d="M0 0 8 4 0 8z"/></marker></defs>
"""

Point = tuple[float, float]


class Drawing:
    """A sheet with boxes, texts and arrows."""

    def __init__(self, height: int, title: str, meaning: str) -> None:
        names = f'<title id="t">{escape(title)}</title><desc id="d">{escape(meaning)}'
        self.parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}"',
            f'width="{WIDTH}" role="img" aria-labelledby="t d">',
            f"{names}</desc><style>{STYLE}</style>{TIP}",
            '<rect class="sheet" width="100%" height="100%"/>',
        ]

    def text(self, at: Point, *lines: str, style: str = "on faint") -> None:
        """Write lines around a point, which is at the middle of their height."""
        top = at[1] - (len(lines) - 1) * LINE / 2 + LINE / 4
        for place, line in enumerate(lines):
            self.parts.append(
                f'<text class="{style}" x="{at[0]:g}" y="{top + place * LINE:g}">'
                f"{escape(line)}</text>"
            )

    def box(self, style: str, middle: Point, size: Point, *lines: str) -> None:
        """Draw a box; ValueError if its text does not fit."""
        (x, y), (width, height) = middle, size
        if len(lines) * LINE > height or max(map(len, lines)) * CHAR > width - 6:
            raise ValueError(lines)
        self.parts.append(
            f'<rect class="{style}" x="{x - width / 2:g}" y="{y - height / 2:g}"'
            f' width="{width:g}" height="{height:g}" rx="6"/>'
        )
        self.text(middle, *lines, style="on")

    def line(self, style: str, *points: Point) -> None:
        """Draw a line through points; an arrow has a tip at its end."""
        path = " ".join(f"{x:g},{y:g}" for x, y in points)
        tip = ' marker-end="url(#tip)"' if style == "arrow" else ""
        self.parts.append(f'<polyline class="{style}" points="{path}"{tip}/>')

    def call(self, y: float, start: float, end: float, text: str) -> None:
        """Draw an arrow from lane to lane, with its text above it."""
        self.text(((start + end) / 2, y - 10), text)
        self.line("arrow", (start, y), (end, y))

    def lane(self, style: str, x: float, bottom: float, *lines: str) -> None:
        """Draw the line of one who takes part, with its name on top."""
        self.line("life", (x, 50), (x, bottom))
        self.box(style, (x, 34), (176, 40), *lines)

    def state(self, x: float, y: float, text: str) -> None:
        """Write a state, as an officer reads it in the list."""
        self.box("note", (x, y), (140, 22), text)

    def write(self) -> str:
        """Return the drawing as SVG."""
        return "\n".join([*self.parts, "</svg>"]) + "\n"


def bulletin() -> str:
    """Draw the way of a bulletin, from desk to desk."""
    made = Drawing(
        548,
        "The way of a bulletin",
        "The desk seals and signs a bulletin: it is queued. Its node judges it and "
        "appends it to its log: it is local. The partner's node judges it too, stores "
        "it and signs a line under the head: it is delivered, then cosigned. The "
        "reading desk judges it again, opens it and files it. Its receipt comes back "
        "the same way.",
    )
    author, node, partner, reader = (100, 300, 500, 700)
    made.lane("desk", author, 540, "desk in Islamabad", "holds officers' keys")
    made.lane("node", node, 540, "islamabad.pk", "opens nothing")
    made.lane("node", partner, 540, "beijing.cn", "opens nothing")
    made.lane("desk", reader, 540, "desk in Beijing", "holds officers' keys")
    wide = (176, 44)
    made.box("desk", (author, 92), wide, "1  check, seal, sign,", "keep in the mailbox")
    made.state(author, 132, "queued")
    made.call(170, author, node, "2  Submit")
    made.box("node", (node, 204), wide, "3  verdict, append,", "sign the head")
    made.call(246, node, author, "place in the log")
    made.state(author, 266, "local")
    made.call(270, node, partner, "4  batch, with its head")
    made.box("node", (partner, 304), wide, "5  verdict on each,", "store, sign a line")
    made.call(346, partner, node, "Cosigned")
    made.call(366, node, author, "Watch")
    made.state(author, 386, "delivered, cosigned")
    made.call(370, partner, reader, "6  arrivals")
    made.box("desk", (reader, 404), wide, "7  verdict again,", "open, file, show")
    made.call(458, reader, partner, "8  receipt: Submit")
    made.call(478, partner, node, "batch")
    made.call(498, node, author, "arrivals")
    made.state(author, 518, "acknowledged")
    return made.write()


def batch() -> str:
    """Draw the way of a batch, from node to node."""
    made = Drawing(
        560,
        "The way of a batch",
        "The sender loads entries above what it sent, with their head. Urgent frames "
        "go first. The receiver judges in five steps. If one of the first four or a "
        "text fails it stores nothing and answers Refused, upon which the sender "
        "begins again where the replica ends. Else it stores what is judged in one "
        "transaction, signs a line under the head, and answers Cosigned.",
    )
    left, right, wide, wider = (160, 600, (270, 62), (330, 62))
    made.lane("node", left, 550, "sender", "writes this log")
    made.lane("node", right, 550, "receiver", "keeps a replica")
    made.box(
        *("node", (left, 104), wide, "LoadBatch: entries above what was"),
        *("sent, with their head, while what is", "in flight is below the window"),
    )
    made.call(166, left, right, "urgent frames first, large ones in pieces, by credit")
    made.box(
        *("node", (right, 244), (330, 122), "JudgeBatch"),
        "1  the log is the peer's, and not forked",
        "2  sizes are within their bounds",
        "3  both signatures of the head verify",
        "4  the entries rebuild the head's root",
        "5  a verdict for each entry and its text",
    )
    made.call(337, right, left, "if 1 to 4 or a text fails: Refused, once")
    made.box(
        "bad",
        (left, 380),
        wide,
        "nothing is stored: begin again",
        "where the replica ends",
    )
    made.box(
        *(
            "node",
            (right, 398),
            wider,
            "StoreJudged: all that is judged so far, in one",
        ),
        "transaction, then our line under the head.",
        "REFUSED entries are kept without their text",
    )
    made.call(466, right, left, "Cosigned: the line, with the refused entries")
    made.box(
        *("node", (left, 504), wide, "RecordCosigned: verify the line,"),
        "store it, tell the desks by Watch",
    )
    return made.write()


def keys() -> str:
    """Draw which key signs which."""
    made = Drawing(
        470,
        "Keys, and which signs which",
        "The two roots of a nation sign its trust bundle, its issuer and its policies. "
        "The bundle lists the TLS authority, the keys of the log and the mirror key. "
        "The issuer signs keys of authors, of releasers, and of desks that only read. "
        "An author signs the desk's sealing key and bulletins; a releaser signs "
        "bulletins too. The keys of the log sign its heads, and the mirror key cosigns "
        "those of partners. Two officers compare a safety number over the roots of "
        "both nations; no key is above both.",
    )
    roots, small = (290, 46), (115, 44)
    made.box(
        *(
            "key",
            roots,
            (250, 44),
            "two roots of pk, in a safe:",
            "Ed25519 and ML-DSA-44",
        )
    )
    made.box("key", (680, 46), (190, 44), "two roots of cn:", "no key is above both")
    made.line("life", (415, 46), (585, 46))
    made.text((500, 34), "safety number")
    made.text((500, 60), "compared by telephone")
    tree(made, (290, 68), 96, (140, 480, 680), 128)
    made.box(
        "note",
        (140, 150),
        (230, 44),
        "trust bundle of pk,",
        "carried to partners by hand",
    )
    made.box("key", (480, 150), (130, 44), "issuer")
    made.box(
        "note",
        (680, 150),
        (190, 44),
        "policies: who cosigns,",
        "who releases, which rules",
    )
    made.text((140, 205), "lists")
    made.line("life", (140, 172), (140, 192))
    listed = {
        75: ("TLS", "authority", "certificates of", "node and desks"),
        200: ("keys of", "the log", "heads of", "the own log"),
        325: ("key of", "the mirror", "heads of", "partners' logs"),
    }
    for x, (*key, first, second) in listed.items():
        made.line("life", (140, 218), (x, 218), (x, 240))
        made.box("key", (x, 262), small, *key)
        made.line("arrow", (x, 284), (x, 340))
        made.box("note", (x, 362), small, first, second)
    officers(made)
    made.text(
        *(
            (400, 432),
            "An arrow means: signs. What is signed about keys stands in the log;",
        ),
        "so do revocations, by the issuer or the roots. The bundle alone is carried.",
    )
    return made.write()


def officers(made: Drawing) -> None:
    """Draw what the issuer signs, and what these sign."""
    small, stated = (120, 44), (460, 585, 715)
    author, releaser, reader = stated
    tree(made, (480, 172), 206, stated, 240)
    made.box("key", (author, 262), small, "author:", "an officer")
    made.box("key", (releaser, 262), small, "releaser:", "another officer")
    made.box("key", (reader, 262), small, "reader: a desk", "that only reads")
    made.line("arrow", (author, 284), (author, 340))
    made.line("arrow", (490, 284), (490, 312), (570, 312), (570, 340))
    made.line("arrow", (600, 284), (600, 340))
    made.box("key", (author, 362), small, "sealing key of", "the desk, weekly")
    made.box("note", (releaser, 362), small, "bulletins")
    made.text(
        (reader, 362), "Bulletins are sealed", "to sealing keys", "and reader keys."
    )


def tree(
    made: Drawing, top: Point, fork: float, ends: Iterable[float], bottom: float
) -> None:
    """Draw arrows from one point to several below it."""
    for x in ends:
        made.line("arrow", top, (top[0], fork), (x, fork), (x, bottom))


def link() -> str:
    """Draw what happens when a link dies."""
    made = Drawing(
        470,
        "When a link dies",
        "While the link is up, what is sent is delivered and cosigned. When it dies, "
        "the terminal says so after 20 seconds; after 60 seconds the node gives the "
        "link up and dials again. Desks write and read on, each node's log grows, and "
        "what is sent stays local. When the link is back, each side says where its "
        "replica ends; urgent bulletins go first, then batches from there on; then all "
        "is delivered and cosigned.",
    )
    up, dead, back = (215, 435, 690)
    for x, head in ((up, "the link is up"), (dead, "it is dead"), (back, "it is back")):
        made.text((x, 26), head, style="on head")
    rows = {70: "line", 160: "desks", 220: "our node", 280: "partner's node"}
    for y, name in {**rows, 360: "what is sent is"}.items():
        made.text((136, y), name, style="end faint")
    made.line("life", (280, 20), (280, 400))
    made.line("life", (590, 20), (590, 400))
    made.line("arrow", (150, 70), (280, 70))
    made.line("dead", (280, 70), (590, 70))
    made.line("arrow", (590, 70), (790, 70))
    for x, after, what in (
        (330, "20 s:", "“no answer”"),
        (436, "60 s: given up,", "dialled again"),
        (545, "15 min:", "a finding"),
    ):
        made.line("arrow", (x, 62), (x, 76))
        made.text((x, 104), after, what)
    short, long = (118, 36), (290, 36)
    made.box("desk", (365, 160), (420, 36), "write, sign and read as always")
    made.box("node", (up, 220), short, "sends batches")
    made.box("node", (dead, 220), long, "its log grows; entries wait in it")
    made.box("node", (up, 280), short, "cosigns heads")
    made.box("node", (dead, 280), long, "likewise with its own log")
    made.box(
        *("node", (back, 220), (188, 156), "each says where", "its replica ends", ""),
        *("FLASH, IMMEDIATE", "and recalls go first", "", "then batches from there"),
    )
    made.box("note", (up, 360), (118, 44), "delivered,", "cosigned")
    made.box(
        "note", (dead, 360), (290, 44), "local: in our log,", "not at the partner yet"
    )
    made.box("note", (back, 360), (188, 44), "delivered, cosigned;", "receipts come")
    made.text(
        *(
            (400, 432),
            "Each log has one writer: nothing is reconciled, what is missing is",
        ),
        "sent. What expires before that is shown as undelivered.",
    )
    return made.write()


DRAWINGS: dict[str, Callable[[], str]] = {
    "drawing-bulletin.svg": bulletin,
    "drawing-batch.svg": batch,
    "drawing-keys.svg": keys,
    "drawing-link.svg": link,
}


if __name__ == "__main__":
    for name, draw in DRAWINGS.items():
        (DOCS / name).write_text(draw(), "utf-8")
