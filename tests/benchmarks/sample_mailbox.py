"""A sample mailbox for benchmarks: many plausible messages, made fast.

The rows go in by executemany, past put_message; tests/desk/test_mailbox_filtered.py
holds the two ways equal.
"""

import random
from collections.abc import Callable, Iterator
from functools import cache
from itertools import islice

import mgrs

from exchange.bulletin.codes import CODES, gazetteer
from exchange.bulletin.content import encode
from exchange.bulletin.search_words import code_labels_text
from exchange.desk import ladder, search_text
from exchange.desk.mailbox import Mailbox, index_facts, index_terms
from exchange.desk.mailbox.indexer import Indexer
from exchange.v1 import bulletin_pb2, envelope_pb2

ORIGINS = ("islamabad.pk.fusion/log/1", "beijing.cn.fusion/log/1")
AUTHORS = ("duty-1@ops.islamabad.pk", "duty-1@ops.beijing.cn")
ACTION = envelope_pb2.RECIPIENT_CLASS_ACTION
COPY = envelope_pb2.RECIPIENT_CLASS_COPY
KIDS = (b"\x01" * 32, b"\x02" * 32)  # of both desks
BASE = 1_760_000_000_000  # ms
STEP = 60_000  # ms between two messages
BATCH = 20_000  # rows a transaction
POOL = 1_500  # different texts a language
GRIDS = 5_000  # places that are no sites
AT_SITE, AT_GRID = 0.7, 0.3  # of messages, by chance also both or none
SITES = sorted(gazetteer())
ACTORS = sorted(CODES["actor"])
# What each kind must say, so that a reader can show it; in the order of its fields.
DETAILS = {
    "WARNING": {
        "threat": "VEHICLE_BOMB",
        "target": "PORT",
        "urgency": "EXPECTED",
        "severity": "SEVERE",
        "certainty": "LIKELY",
        "advice": "HOLD_MOVEMENT",
    },
    "INCIDENT": {
        "attack": "ARMED_ASSAULT",
        "target": "PORT",
        "killed": "0",
        "injured": "0",
    },
    "SIGHTING": {"size": "3-5", "activity": "OBSERVING"},
    "SITREP": {"posture": "GUARDED"},
    "MOVEMENT": {
        "call_sign": "ROUND-4",
        "state": "",  # by chance
        "vehicles": "4",
        "armoured": "true",
        "persons": "12",
        "escort": "RANGERS",
        "routes": "EAST",
    },
    "RFI": {"topic": "ROUTE", "answer_by": "2099-12-31T23:59:59Z"},
    "LIAISON": {"agency": "NACTA", "roster": "post=DUTY-1;role=ANALYST"},
}
KINDS = tuple(DETAILS)
# One of these each, by chance: of a hundred, of journeys five, of labels a thousand.
PRECEDENCES = ["FLASH"] + ["IMMEDIATE"] * 4 + ["PRIORITY"] * 25 + ["ROUTINE"] * 70
MODES = ["ACTUAL"] * 97 + ["EXERCISE"] * 2 + ["TEST"]
TLPS = ["AMBER"] * 900 + ["GREEN"] * 69 + ["CLEAR"] * 30 + ["RED"]
STATES = ["PLANNED", "UNDER_WAY"] + ["ARRIVED"] * 3
# Words that every text may hold, so that one knows what to look for.
KNOWN = {
    "en": [
        *("convoy", "bridge", "vehicle", "suspicious"),
        *("junction", "patrol", "escort", "delayed"),
    ],
    "ur": ["گاڑی", "قافلہ", "پل", "مشکوک", "چوکی", "راستہ", "تاخیر", "شاہراہ"],
    "zh-Hans": ["车队", "桥梁", "可疑", "车辆", "路口", "巡逻", "护送", "延误"],
}
LETTERS = {"en": "etaoinshrdlucmfwyp", "ur": "ایرکنمسوتلہدبپجچگعشفقز"}
STOCK = 2_000  # made-up words of a language
WORDS = "words(rowid, text)"

Row = tuple[object, ...]
Rows = dict[str, list[Row]]
"""Rows by the table that they go into."""


def fill(
    mailbox: Mailbox,
    count: int,
    seed: int = 1,
    tell: Callable[[int], None] = lambda _: None,
) -> None:
    """Add `count` messages; every text is of KNOWN and made-up words.

    `tell` is told how many are left, now and then.
    """
    indexer = Indexer(mailbox.database, mailbox.references, mailbox.folded_threads)
    generator = _Made(mailbox, random.Random(seed))  # noqa: S311  # the same again
    while count > 0:
        batch = list(islice(generator.rows(), min(BATCH, count)))
        count -= len(batch)
        with mailbox.database.transaction():
            for table in batch[0]:
                _insert(mailbox, table, [row for new in batch for row in new[table]])
            indexer._note_terms(frozenset(generator.words))  # as a mailbox does
            generator.words.clear()
        tell(count)


def _insert(mailbox: Mailbox, table: str, rows: list[Row]) -> None:
    if rows:
        columns = ", ".join("?" * len(rows[0]))
        mailbox.database._writer.executemany(  # past put_message
            f"INSERT INTO {table} VALUES ({columns})",  # noqa: S608  # constants
            rows,
        )


class _Made:
    """Messages in turn, as chance has it."""

    def __init__(self, mailbox: Mailbox, rng: random.Random) -> None:
        self._rng = rng
        self._number, self._name = mailbox.database.count(), b""
        self._texts = [
            (lang, *pair, search_text.cut_for_index(pair))
            for lang in KNOWN
            for pair in _texts(lang, rng)
        ]
        self._mode = envelope_pb2.MODE_UNSPECIFIED  # of the one before
        self.words: set[str] = set()
        """Those of the texts since it was cleared."""
        self._grids = [_grid(rng) for _ in range(GRIDS)]
        known = mailbox.database.select(
            "SELECT lat, lon, error_m, id FROM place"
        )  # past put_message
        self._places: dict[index_facts.Spot, int] = {row[:3]: row[3] for row in known}

    def rows(self) -> Iterator[Rows]:
        """Yield the rows of each message, without end."""
        while True:
            self._number += 1
            yield self._next()

    def _next(self) -> Rows:
        """Return what put_message would write."""
        number, about = self._number, self._name if self._number % 10 == 0 else b""
        self._name = self._rng.randbytes(32)
        lang, subject, text, words = self._rng.choice(self._texts)
        content, labels = self._content(lang, subject, text)
        side = self._rng.randrange(2)
        core = self._core(side, about)
        same, self._mode = self._mode == core.mode, core.mode
        header = self._header(core, content, side)
        acknowledge = content.request.acknowledge or "NONE"
        message = (
            *(number, self._name, ORIGINS[side], number, 1, *header[:4], subject, lang),
            *(AUTHORS[side], header.desk, header.direction, core.filed, core.filed),
            *(core.expires, 0 if number % 7 == 0 else core.filed, acknowledge, 0, 0),
            *("refused" if number % 500 == 0 else "cosigned", "ACCEPTED"),
        )
        owing = ladder.asked_desks(core) if acknowledge != "NONE" else ()
        facts = list(index_facts.facts(content))
        spot = index_facts.spot(content)
        place, new = self._place(spot)
        known = search_text.cut_labels(labels)
        self.words |= words.words | known.words
        found = index_terms.of_message(header, facts, place)
        indexed = " ".join((words.text, known.text, str(number), *found))
        return {
            "message": [message],
            "body": [(number, _entry(core), encode(content), self._name, labels)],
            "reference": [(number, "UPDATES", about)] if about else [],
            "fact": [(*fact, number) for fact in facts],
            "place": new,
            "spot": [(number, place)] if place else [],
            "thread": [(number - 1, number - 1, 1), (number, number - 1, 0)]
            if about and same
            else [],
            "owed": [(number, desk, 0, 0, core.expires) for desk in owing],
            WORDS: [(number, indexed)],
        }

    def _place(self, spot: index_facts.Spot | None) -> tuple[int, list[Row]]:
        """Return the number of a place, 0 for none, and its row where it is new."""
        if not spot:
            return 0, []
        if spot in self._places:
            return self._places[spot], []
        self._places[spot] = len(self._places) + 1
        return self._places[spot], [(self._places[spot], *spot)]

    def _content(
        self, lang: str, subject: str, text: str
    ) -> tuple[bulletin_pb2.Content, str]:
        """Return a content, and the words of its codes."""
        content = bulletin_pb2.Content(kind=self._rng.choice(KINDS))
        content.subject.MergeFrom(
            bulletin_pb2.Segment(id="s0", lang=lang, text=subject)
        )
        content.segments.add(id="s1", lang=lang, text=text)
        site = actor = state = ""
        if self._rng.random() < AT_SITE:
            site = content.place.site = self._rng.choice(SITES)
        if content.kind in {"WARNING", "INCIDENT"}:
            content.actors.append(actor := self._rng.choice(ACTORS))
        if content.kind == "MOVEMENT":
            state = self._rng.choice(STATES)
        _add_details(content, state)
        if self._rng.random() < AT_GRID:
            content.place.mgrs = self._rng.choice(self._grids)
        if self._number % 50 == 0:
            content.request.acknowledge = "READ"
        return content, _labels(content.kind, site, actor, state)

    def _core(self, side: int, about: bytes) -> envelope_pb2.Core:
        core = envelope_pb2.Core(version=1, suite=1, kind=envelope_pb2.KIND_BULLETIN)
        core.id = self._number.to_bytes(16, "big")
        core.origin = "islamabad.pk"
        core.author = KIDS[side]
        core.filed = core.valid_from = BASE + self._number * STEP
        core.release = envelope_pb2.RELEASE_NONE
        core.expires = core.filed + 30 * 86_400_000
        precedence, mode, tlp = map(self._rng.choice, (PRECEDENCES, MODES, TLPS))
        core.precedence = envelope_pb2.Precedence.Value(f"PRECEDENCE_{precedence}")
        core.mode = envelope_pb2.Mode.Value(f"MODE_{mode}")
        core.tlp = envelope_pb2.Tlp.Value(f"TLP_{tlp}")
        for at, (author, kid) in enumerate(zip(AUTHORS, KIDS, strict=True)):
            core.recipients.add(
                desk=author.split("@")[1],
                recipient_class=COPY if at == side else ACTION,
                kid=kid,
            )
        if about:
            core.references.add(relation=envelope_pb2.RELATION_UPDATES, name=about)
        return core

    @staticmethod
    def _header(
        core: envelope_pb2.Core, content: bulletin_pb2.Content, side: int
    ) -> index_terms.Header:
        return index_terms.Header(
            content.kind,
            envelope_pb2.Precedence.Name(core.precedence).partition("_")[2],
            envelope_pb2.Mode.Name(core.mode).partition("_")[2],
            envelope_pb2.Tlp.Name(core.tlp).partition("_")[2],
            content.subject.lang,
            ("out", "in")[side],
            AUTHORS[side].partition("@")[2],
        )


def _entry(core: envelope_pb2.Core) -> bytes:
    packed = core.SerializeToString(deterministic=True)
    entry = envelope_pb2.Entry(core=packed, dw=bytes(32), db=bytes(32))
    entry.signatures.add(role="author", kid=bytes(32), signature=bytes(64))
    return entry.SerializeToString()


@cache
def _labels(kind: str, site: str, actor: str, state: str) -> str:
    """Return the words of the codes of a content, as a desk keeps them."""
    said = bulletin_pb2.Content(kind=kind, actors=[actor] if actor else [])
    said.place.site = site
    _add_details(said, state)
    return code_labels_text(said)


def _add_details(content: bulletin_pb2.Content, state: str) -> None:
    """Add what its kind must say; `state` is that of a movement."""
    for field, value in DETAILS[content.kind].items():
        content.details.add(field=field, value=value or state)


def _grid(rng: random.Random) -> str:
    """Return a grid of 100 m anywhere between Gwadar and Khunjerab."""
    return str(mgrs.MGRS().toMGRS(rng.uniform(25, 37), rng.uniform(62, 75), 3))


def _words(lang: str, rng: random.Random) -> list[str]:
    """Return the words of a language, the known ones first and so most frequent."""
    if lang == "zh-Hans":
        rare = [chr(0x4E00 + rng.randrange(3_000)) for _ in range(STOCK)]
    else:
        rare = [
            "".join(rng.choices(LETTERS[lang], k=rng.randint(2, 9)))
            for _ in range(STOCK)
        ]
    return KNOWN[lang] + rare


def _texts(lang: str, rng: random.Random) -> list[tuple[str, str]]:
    """Return POOL pairs of subject and paragraph, words as frequent as in prose."""
    stock = _words(lang, rng)
    weights = [1 / (rank + 3) for rank in range(len(stock))]
    glue = "" if lang == "zh-Hans" else " "

    def some(count: int) -> str:
        return glue.join(rng.choices(stock, weights, k=count))

    return [(some(rng.randint(4, 9)), some(rng.randint(15, 45))) for _ in range(POOL)]
