"""A page filed together leaves the rows that its entries leave one by one."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from exchange.bulletin.translations import translate
from exchange.desk.client import Desk
from exchange.desk.incoming.examine_entry import Preparation
from exchange.desk.incoming.file_entry import Filing
from exchange.desk.mailbox import Mailbox
from exchange.desk.officer import Officer
from exchange.desk.pinned_logs import Pinned
from exchange.v1 import bulletin_pb2
from exchange.v1 import desk_service_pb2 as desk_pb
from exchange.v1 import envelope_pb2 as pb
from tests.desk.bench import Bench, Direct
from tests.desk.forging import clear, entry_arrived, recall, rendering, sealed, text
from tests.node.world import CN, FILED, PK, directory, name_of
from tests.trust.nation import revocation, seed

STEPS = 60
TEXTS = {"s0": "قافلہ تاخیر کا شکار", "s1": "قافلہ تاخیر کا شکار، تفصیل کے ساتھ۔"}
REFERRING = (
    *(pb.RELATION_UPDATES, pb.RELATION_ANSWERS, pb.RELATION_CORRECTS),
    *(pb.RELATION_SUPERSEDES, pb.RELATION_NARROWS, pb.RELATION_NARROWS),
)
SAYING = pb.RELATION_OPENED, pb.RELATION_ACKNOWLEDGED, pb.RELATION_COMPLETED


@contextmanager
def fresh(bench: Bench, folder: Path, name: str) -> Iterator[Desk]:
    """A desk at Islamabad that has read what the node has, in a mailbox of its own."""
    nation = bench.world.nations[PK]
    opener = nation.sealing
    officer = Officer(
        nation.officer, nation.author, {opener.kid: opener}, seed("database")
    )
    mailbox = Mailbox(folder / f"{name}.mailbox", officer.database_key)
    bundles = {n.domain: n.bundle for n in bench.world.nations.values()}
    client = Direct(bench.world.pk)
    with Desk(officer, mailbox, Pinned(bundles), client, lambda: bench.now) as desk:
        while page := client.page(desk.load()):
            desk.apply(page)
        yield desk


def traffic(bench: Bench, rng: random.Random) -> list[pb.Envelope]:
    """What Beijing's desk may sign: each speaks of what was made before it."""
    cn, pk = bench.world.nations[CN], bench.world.nations[PK]
    made: list[pb.Envelope] = []
    bulletins: list[tuple[bytes, bytes]] = []

    def any_name() -> bytes:
        return rng.choice([*map(name_of, made), rng.randbytes(32)])

    for step in range(STEPS):
        match rng.randrange(10):
            case 0:
                said = rng.choice(SAYING)
                made.append(clear(cn, said, any_name(), filed=bench.now + step))
            case 1:
                made.append(recall(cn, pk, any_name()))
            case 2:
                made.append(sealed(cn, pk, b"no content %d" % step))
            case 3 if bulletins:
                name, content = rng.choice(bulletins)
                source = bulletin_pb2.Content.FromString(content)
                done = translate(source, "ur", "TRANSLATED", "HUMAN", TEXTS)
                done.translator = cn.officer
                made.append(rendering(cn, pk, name, done))
            case _:
                words = rng.choice(("Convoy delayed", "Bridge 12 closed"))
                content = text(pk, f"{words} {step}", place={"site": "DASU-HPP"})
                references = [
                    pb.Reference(relation=rng.choice(REFERRING), name=any_name())
                    for _ in range(rng.choice((0, 0, 0, 1, 2)))
                ]
                tlp = rng.choice((pb.TLP_AMBER, pb.TLP_AMBER, pb.TLP_AMBER_STRICT))
                sent = sealed(cn, pk, content, references=references, tlp=tlp)
                bulletins.append((name_of(sent), content))
                made.append(sent)
    return made


def arrivals(
    desk: Desk, sent: list[pb.Envelope], rng: random.Random
) -> list[desk_pb.Arrival]:
    """What a node shows of it: in any order, twice, or without its text."""
    shown = [*sent, *rng.sample(sent, 5)]
    rng.shuffle(shown)
    found = []
    for place, one in enumerate(shown):
        arrival = entry_arrived(desk, CN, one)
        arrival.number += place
        arrival.entry.index += place
        if rng.randrange(12) == 0:
            arrival.entry.envelope.ClearField("body")
            arrival.entry.envelope.ClearField("wraps")
        found.append(arrival)
    return found


def tables(desk: Desk) -> dict[str, list[str]]:
    """All rows, and each word of the index with its place."""
    database = desk.mailbox.database
    with database.transaction():
        database._writer.execute(
            "CREATE VIRTUAL TABLE temp.vocabulary"
            " USING fts5vocab(main, words, instance)"
        )
        found = {"words": database.select("SELECT * FROM vocabulary")}
        database._writer.execute("DROP TABLE temp.vocabulary")
    names = database.select(
        "SELECT name FROM sqlite_master WHERE type = 'table'"
        " AND name NOT LIKE 'words%' AND name NOT LIKE 'memory_words%'"
        " AND name NOT LIKE 'memory_term%' AND name NOT LIKE 'sqlite%'"
    )
    own = desk.officer.name
    for (name,) in names:
        rows = database.select(f"SELECT * FROM {name}")  # noqa: S608  # of the schema
        if name == "outbox":  # signed here, and again each time
            rows = [row[2:3] for row in rows]
        if name == "receipt":
            rows = [row[1:4] if row[3] == own else row for row in rows]
        found[name] = rows
    return {name: sorted(map(repr, rows)) for name, rows in found.items()}


class Sooner:
    """Applies pages, each examined before the one below it is filed."""

    def __init__(self) -> None:
        self.prepared = self.used = 0

    def apply(self, desk: Desk, pages: list[list[desk_pb.Arrival]]) -> None:
        """Apply all pages, and count what was examined before its turn."""
        below: list[desk_pb.Arrival] = []
        found: list[Preparation | None] = []
        for page in [*pages, []]:
            next_found = list(desk.prepare(page))
            forms = desk.arrivals._entries._forms.get(CN)
            for one in filter(None, found):
                self.prepared += 1
                self.used += forms is not None and one.holds(forms.directory)
            desk.apply(below, found)
            below, found = page, next_found


@pytest.mark.parametrize("number", range(8))
def test_a_page_is_filed_as_its_entries_are_one_by_one(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    rng = random.Random(number)  # noqa: S311  # the same again
    sent = traffic(bench, rng)
    with (
        fresh(bench, tmp_path, "together") as together,
        fresh(bench, tmp_path, "alone") as alone,
    ):
        shown = arrivals(together, sent, rng)
        rest, sooner = list(shown), Sooner()
        pages = []
        while rest:
            size = rng.choice((1, 5, 30, 100))
            pages.append(rest[:size])
            del rest[:size]
        sooner.apply(together, pages)
        if sooner.prepared:
            assert sooner.used
        with monkeypatch.context() as one_by_one:
            one_by_one.setattr(Filing, "new_message", lambda *_: None)
            for arrival in shown:
                alone.apply([arrival])
        found, wanted = tables(together), tables(alone)
        assert found == wanted
        assert len(wanted["message"]) > STEPS / 4
        assert wanted["reference"]
        assert wanted["gone"]


def test_what_was_noted_together_is_noted_for_good(
    bench: Bench, tmp_path: Path
) -> None:
    """Each message, noted again from what is kept of it, stays as it is."""
    rng = random.Random(3)  # noqa: S311  # the same again
    with fresh(bench, tmp_path, "together") as desk:
        desk.apply(arrivals(desk, traffic(bench, rng), rng))
        before = tables(desk)
        with desk.mailbox.database.transaction():
            for number in range(1, desk.mailbox.database.count() + 1):
                desk.mailbox.messages._indexer.note(number)
        assert tables(desk) == before


def test_what_was_examined_before_its_author_was_revoked_is_examined_again(
    bench: Bench, tmp_path: Path
) -> None:
    cn, pk = bench.world.nations[CN], bench.world.nations[PK]
    first, second, third = (
        sealed(cn, pk, text(pk, f"Bridge {number} closed")) for number in (1, 2, 3)
    )
    said = revocation(cn.officer, cn.author.kid, FILED)
    revoked = directory(cn, said, [("issuer", cn.issuer)])
    with fresh(bench, tmp_path, "revoked") as desk:
        for one in (first, second):
            desk.apply([entry_arrived(desk, CN, one)])
        arrival = entry_arrived(desk, CN, revoked)
        late = entry_arrived(desk, CN, third)
        late.number += 1
        late.entry.index += 1
        (found,) = desk.prepare([late])
        assert found is not None
        desk.apply([arrival])
        desk.apply([late], [found])
        kept = [desk.mailbox.messages.knows(name_of(one)) for one in (first, third)]
        assert kept == [True, False]


def test_what_was_examined_is_taken_for_its_own_arrival_alone(
    bench: Bench, tmp_path: Path
) -> None:
    """A node that gives two entries one number gains nothing by it."""
    cn, pk = bench.world.nations[CN], bench.world.nations[PK]
    first, second, third = (
        sealed(cn, pk, text(pk, f"Bridge {number} closed")) for number in (1, 2, 3)
    )
    with fresh(bench, tmp_path, "numbers") as desk:
        desk.apply([entry_arrived(desk, CN, first)])
        page = [entry_arrived(desk, CN, one) for one in (second, third)]
        desk.apply(page, desk.prepare(page))
        kept = [desk.mailbox.messages.knows(name_of(one)) for one in (second, third)]
        assert kept == [True, False]


def test_each_arrival_gives_way_to_the_screen(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng, asked = random.Random(1), list[str]()  # noqa: S311  # the same again
    with fresh(bench, tmp_path, "turns") as desk:
        page = arrivals(desk, traffic(bench, rng), rng)
        desk.apply(page[:30])
        monkeypatch.setattr(desk.arrivals.turns, "give_way", lambda: asked.append("?"))
        prepared = desk.prepare(page[30:])
        before = len(asked)
        desk.apply(page[30:], prepared)
    assert before == len(page[30:])
    assert len(asked) > before
