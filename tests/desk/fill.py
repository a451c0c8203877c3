"""Fill a mailbox with many plausible messages, fast: for figures, not for rules.

python -m tests.desk.fill PATH COUNT [HEXKEY] makes one by hand. The rows go in by
executemany, past put_message; test_mailbox_fill holds the two ways equal.
"""

import random
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from exchange.bulletin.codes import CODES, gazetteer
from exchange.desk import search_text
from exchange.desk.deadlines import ladder
from exchange.desk.mailbox import Mailbox, noted
from exchange.v1 import bulletin_pb2, envelope_pb2

KEY = bytes(range(32))
ORIGINS = ("islamabad.pk.fusion/log/1", "beijing.cn.fusion/log/1")
AUTHORS = ("duty-1@ops.islamabad.pk", "duty-1@ops.beijing.cn")
BASE = 1_760_000_000_000  # ms
STEP = 60_000  # ms between two messages
BATCH = 20_000  # rows a transaction
POOL = 1_500  # different texts a language
PRECEDENCES = ("FLASH", "IMMEDIATE", "PRIORITY", "ROUTINE")
KINDS = ("WARNING", "INCIDENT", "SIGHTING", "SITREP", "MOVEMENT", "RFI", "LIAISON")
FACTS = (
    "Warning تنبیہ 警告 convoy قافلہ 车队 likely ممکنہ 可能",
    "Incident واقعہ 事件 road سڑک 道路 unattributed نامعلوم 未归因",
    "Sighting مشاہدہ 目击 drone ڈرون 无人机 confirmed تصدیق شدہ 已证实",
)
# Words that every text may hold, so that a test knows what to look for.
KNOWN = {
    "en": [
        "convoy",
        "bridge",
        "vehicle",
        "suspicious",
        "junction",
        "patrol",
        "escort",
        "delayed",
    ],
    "ur": ["گاڑی", "قافلہ", "پل", "مشکوک", "چوکی", "راستہ", "تاخیر", "شاہراہ"],
    "zh-Hans": ["车队", "桥梁", "可疑", "车辆", "路口", "巡逻", "护送", "延误"],
}
WORDS = "words(rowid, text)"
SITES = sorted(gazetteer())
ACTORS = sorted(CODES["actor"])
STATES = ("PLANNED", "UNDER_WAY", "ARRIVED", "ARRIVED", "ARRIVED")
LETTERS = {"en": "etaoinshrdlucmfwyp", "ur": "ایرکنمسوتلہدبپجچگعشفقز"}


def words(lang: str, rng: random.Random) -> list[str]:
    """2,000 words of a language, the known ones first and so most frequent."""
    if lang == "zh-Hans":
        made = [chr(0x4E00 + rng.randrange(3_000)) for _ in range(2_000)]
    else:
        made = [
            "".join(rng.choices(LETTERS[lang], k=rng.randint(2, 9)))
            for _ in range(2_000)
        ]
    return KNOWN[lang] + made


def texts(lang: str, rng: random.Random) -> list[tuple[str, str]]:
    """POOL pairs of subject and paragraph, words as frequent as in real prose."""
    stock = words(lang, rng)
    weights = [1 / (rank + 3) for rank in range(len(stock))]
    glue = "" if lang == "zh-Hans" else " "

    def some(n: int) -> str:
        return glue.join(rng.choices(stock, weights, k=n))

    return [(some(rng.randint(4, 9)), some(rng.randint(15, 45))) for _ in range(POOL)]


def content(lang: str, subject: str, text: str) -> bulletin_pb2.Content:
    return bulletin_pb2.Content(
        subject=bulletin_pb2.Segment(id="s0", lang=lang, text=subject),
        segments=[bulletin_pb2.Segment(id="s1", lang=lang, text=text)],
    )


def core(number: int, precedence: int, side: int, about: bytes) -> envelope_pb2.Core:
    made = envelope_pb2.Core(version=1, suite=1, kind=envelope_pb2.KIND_BULLETIN)
    made.id = number.to_bytes(16, "big")
    made.origin = "islamabad.pk"
    made.filed = BASE + number * STEP
    made.expires = made.filed + 30 * 86_400_000
    made.precedence = envelope_pb2.Precedence.ValueType(precedence)
    made.tlp = envelope_pb2.TLP_AMBER
    made.mode = envelope_pb2.MODE_ACTUAL
    for class_, author in ((1, AUTHORS[1 - side]), (3, AUTHORS[side])):
        made.recipients.add(
            desk=author.split("@")[1],
            recipient_class=envelope_pb2.RecipientClass.ValueType(class_),
            kid=bytes(32),
        )
    if about:
        made.references.add(relation=envelope_pb2.RELATION_UPDATES, name=about)
    return made


def place(said: bulletin_pb2.Content, rng: random.Random) -> None:
    """Give a content a site, an actor and a state where its kind has them."""
    said.place.site = rng.choice(SITES)
    del said.actors[:], said.details[:]
    if said.kind in {"WARNING", "INCIDENT"}:
        said.actors.append(rng.choice(ACTORS))
    if said.kind == "MOVEMENT":
        said.details.add(field="state", value=rng.choice(STATES))


Row = tuple[object, ...]
Rows = dict[str, list[Row]]
"""By the table that they go into."""


def rows(first: int, rng: random.Random) -> Iterator[Rows]:
    """The rows of each message in turn, without end."""
    pools = {lang: texts(lang, rng) for lang in KNOWN}
    ready = [
        (
            lang,
            pair[0],
            content(lang, *pair),
            search_text.index_text((*pair, facts)),
            facts,
        )
        for lang, pool in pools.items()
        for pair, facts in zip(pool, FACTS * POOL, strict=False)
    ]
    number, name = first, b""
    while True:
        lang, subject, said, indexed, labels = rng.choice(ready)
        said.kind = rng.choice(KINDS)
        said.request.acknowledge = "READ" if number % 50 == 0 else ""
        place(said, rng)
        precedence = rng.choices((1, 2, 3, 4), (1, 4, 25, 70))[0]
        side = rng.randrange(2)
        when = BASE + number * STEP
        about, name = name if number % 10 == 0 else b"", rng.randbytes(32)
        head = core(number, precedence, side, about)
        message = (
            *(number, name, ORIGINS[side], number, 1, said.kind),
            *(PRECEDENCES[precedence - 1], "ACTUAL", "AMBER", subject, lang),
            *(AUTHORS[side], AUTHORS[side].split("@")[1], ("out", "in")[side]),
            *(when, when, when + 30 * 86_400_000, 0 if number % 7 == 0 else when),
            *(said.request.acknowledge or "NONE", 0, 0, "cosigned", "ACCEPTED"),
        )
        packed = head.SerializeToString(deterministic=True)
        entry = envelope_pb2.Entry(core=packed, dw=bytes(32), db=bytes(32))
        entry.signatures.add(role="author", kid=bytes(32), signature=bytes(64))
        data = said.SerializeToString()
        body = (number, entry.SerializeToString(), data, name, labels)
        spot = noted.spot(said)
        asked = ladder.asked_desks(head) if number % 50 == 0 else ()
        yield {
            "message": [message],
            "body": [body],
            "reference": [(number, "UPDATES", about)] if about else [],
            "fact": [(*fact, number) for fact in noted.facts(said)],
            "spot": [(number, *spot)] if spot else [],
            "owed": [(number, desk, 0, 0, head.expires) for desk in asked],
            WORDS: [(number, f"{indexed} {number}")],
        }
        number += 1


def fill(mailbox: Mailbox, count: int, seed: int = 1) -> None:
    """Add `count` messages; every text is of KNOWN and made-up words."""
    first = mailbox.count() + 1
    source = rows(first, random.Random(seed))  # noqa: S311  # the same again
    left = count
    while left:
        batch = list(islice(source, min(BATCH, left)))
        left -= len(batch)
        with mailbox.transaction():
            for table in batch[0]:
                each = [row for new in batch for row in new[table]]
                if not each:
                    continue
                marks = ", ".join("?" * len(each[0]))
                mailbox._writer.executemany(
                    f"INSERT INTO {table} VALUES ({marks})",  # noqa: S608  # constants
                    each,
                )
            for new in batch:
                mailbox._note_terms(str(new[WORDS][0][1]))


if __name__ == "__main__":
    started = time.perf_counter()
    box = Mailbox(
        Path(sys.argv[1]), bytes.fromhex(sys.argv[3]) if sys.argv[3:] else KEY
    )
    box._writer.execute("PRAGMA synchronous = off")
    fill(box, int(sys.argv[2]))
    box.close()
    print(f"{time.perf_counter() - started:.1f} s")  # noqa: T201  # by hand
