"""A page filed together leaves the rows that its entries leave one by one."""

import random
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from exchange.bulletin.translations import translate
from exchange.desk.client import Desk
from exchange.desk.incoming.examine_entry import Preparation
from exchange.desk.incoming.file_entry import Filing
from exchange.desk.link.filing_thread import LARGE, PageFiling
from exchange.desk.link.turns import Turns
from exchange.errors import Reason, Refusal
from exchange.v1 import bulletin_pb2
from exchange.v1 import desk_service_pb2 as desk_pb
from exchange.v1 import envelope_pb2 as pb
from tests.desk.bench import CHINA, PAKISTAN, Bench, client
from tests.desk.forging import (
    clear,
    entry_arrived,
    from_china,
    recall,
    rendering,
    sealed,
    text,
)
from tests.node.world import CN, FILED, PK, directory, name_of
from tests.trust.nation import revocation

STEPS = 60
TEXTS = {"s0": "قافلہ تاخیر کا شکار", "s1": "قافلہ تاخیر کا شکار، تفصیل کے ساتھ۔"}
REFERRING = (
    *(pb.RELATION_UPDATES, pb.RELATION_ANSWERS, pb.RELATION_CORRECTS),
    *(pb.RELATION_SUPERSEDES, pb.RELATION_NARROWS, pb.RELATION_NARROWS),
)
SAYING = pb.RELATION_OPENED, pb.RELATION_ACKNOWLEDGED, pb.RELATION_COMPLETED


@contextmanager
def fresh(bench: Bench, name: str) -> Iterator[Desk]:
    """A desk at Islamabad that has read what the node has, in a mailbox of its own."""
    with bench.desk(PK, mailbox=name) as desk:
        while page := client(desk).page(desk.load()):
            desk.apply(page)
        yield desk


def traffic(bench: Bench, rng: random.Random) -> list[pb.Envelope]:
    """What Beijing's desk may sign: each speaks of what was made before it."""
    made: list[pb.Envelope] = []
    bulletins: list[tuple[bytes, bytes]] = []

    def any_name() -> bytes:
        return rng.choice([*map(name_of, made), rng.randbytes(32)])

    for step in range(STEPS):
        match rng.randrange(10):
            case 0:
                said = rng.choice(SAYING)
                made.append(clear(CHINA, said, any_name(), filed=bench.now + step))
            case 1:
                made.append(recall(CHINA, PAKISTAN, any_name()))
            case 2:
                made.append(sealed(CHINA, PAKISTAN, b"no content %d" % step))
            case 3 if bulletins:
                name, content = rng.choice(bulletins)
                source = bulletin_pb2.Content.FromString(content)
                done = translate(source, "ur", "TRANSLATED", "HUMAN", TEXTS)
                done.translator = CHINA.officer
                made.append(rendering(CHINA, PAKISTAN, name, done))
            case _:
                words = rng.choice(("Convoy delayed", "Bridge 12 closed"))
                content = text(PAKISTAN, f"{words} {step}", place={"site": "DASU-HPP"})
                references = [
                    pb.Reference(relation=rng.choice(REFERRING), name=any_name())
                    for _ in range(rng.choice((0, 0, 0, 1, 2)))
                ]
                tlp = rng.choice((pb.TLP_AMBER, pb.TLP_AMBER, pb.TLP_AMBER_STRICT))
                sent = sealed(CHINA, PAKISTAN, content, references=references, tlp=tlp)
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


@pytest.mark.parametrize(
    "number",
    [*range(4), *(pytest.param(n, marks=pytest.mark.long) for n in range(4, 8))],
)
def test_a_page_is_filed_as_its_entries_are_one_by_one(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    rng = random.Random(number)  # noqa: S311  # the same again
    sent = traffic(bench, rng)
    with (
        fresh(bench, "together") as together,
        fresh(bench, "alone") as alone,
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


def test_what_was_noted_together_is_noted_for_good(bench: Bench) -> None:
    """Each message, noted again from what is kept of it, stays as it is."""
    rng = random.Random(3)  # noqa: S311  # the same again
    with fresh(bench, "together") as desk:
        desk.apply(arrivals(desk, traffic(bench, rng), rng))
        before = tables(desk)
        with desk.mailbox.database.transaction():
            for number in range(1, desk.mailbox.database.count() + 1):
                desk.mailbox.messages._indexer.note(number)
        assert tables(desk) == before


def test_what_was_examined_before_its_author_was_revoked_is_examined_again(
    bench: Bench,
) -> None:
    first, second, third = (
        from_china(f"Bridge {number} closed") for number in (1, 2, 3)
    )
    said = revocation(CHINA.officer, CHINA.author.kid, FILED)
    revoked = directory(CHINA, said, [("issuer", CHINA.issuer)])
    with fresh(bench, "revoked") as desk:
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


def test_what_was_examined_is_taken_for_its_own_arrival_alone(bench: Bench) -> None:
    """A node that gives two entries one number gains nothing by it."""
    first, second, third = (
        from_china(f"Bridge {number} closed") for number in (1, 2, 3)
    )
    with fresh(bench, "numbers") as desk:
        desk.apply([entry_arrived(desk, CN, first)])
        page = [entry_arrived(desk, CN, one) for one in (second, third)]
        desk.apply(page, desk.prepare(page))
        kept = [desk.mailbox.messages.knows(name_of(one)) for one in (second, third)]
        assert kept == [True, False]


def test_each_arrival_gives_way_to_the_screen(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng, asked = random.Random(1), list[str]()  # noqa: S311  # the same again
    with fresh(bench, "turns") as desk:
        page = arrivals(desk, traffic(bench, rng), rng)
        desk.apply(page[:30])
        monkeypatch.setattr(desk.arrivals.turns, "give_way", lambda: asked.append("?"))
        prepared = desk.prepare(page[30:])
        before = len(asked)
        desk.apply(page[30:], prepared)
    assert before == len(page[30:])
    assert len(asked) > before


# Pages are filed in order, a large one while the next is examined.


WAIT_S = 60.0
Page = Sequence[desk_pb.Arrival]


class NotingDesk:
    """Notes what is prepared and applied; waits or fails where it is told to."""

    def __init__(self) -> None:
        self.events: list[tuple[str, int]] = []
        self.threads: set[int] = set()
        self.go_on = threading.Event()
        self.go_on.set()
        self.wrong = 0

    def prepare(self, page: Page) -> list[int]:
        self.events.append(("prepare", page[0].number))
        return [arrival.number for arrival in page]

    def apply(self, page: Page, prepared: list[int] | None = None) -> None:
        assert self.go_on.wait(WAIT_S)
        first = page[0].number if page else 0
        if first and first == self.wrong:
            raise Refusal(Reason.POSITION, "arrivals")
        if prepared is not None:
            assert prepared == [arrival.number for arrival in page]
        self.threads.add(threading.get_ident())
        self.events.append(("apply", first))


def page(first: int, size: int = LARGE) -> list[desk_pb.Arrival]:
    return [desk_pb.Arrival(number=number) for number in range(first, first + size)]


def test_the_next_page_is_examined_while_one_is_filed() -> None:
    desk = NotingDesk()
    desk.go_on.clear()
    with PageFiling(desk) as filing:
        filing.file(page(1))

        def examined() -> None:
            while ("prepare", 101) not in desk.events:
                pass
            desk.go_on.set()

        other = threading.Thread(target=examined)
        other.start()
        filing.file(page(101))
        other.join()
    assert desk.events == [
        ("prepare", 1),
        ("prepare", 101),
        ("apply", 1),
        ("apply", 101),
    ]


def test_small_pages_and_signs_of_life_are_filed_at_once_in_order() -> None:
    desk = NotingDesk()
    with PageFiling(desk) as filing:
        filing.file(page(1, LARGE - 1))
        assert desk.threads == {threading.get_ident()}
        filing.file(page(101))
        filing.file(page(201, 1))
        assert desk.events[-2:] == [("apply", 101), ("apply", 201)]
        filing.file([])
    assert [event for event in desk.events if event[0] == "prepare"] == [
        ("prepare", 101)
    ]


def file_all(
    desk: NotingDesk, *firsts: int, end: type[Exception] | None = None
) -> None:
    with PageFiling(desk) as filing:
        for first in firsts:
            filing.file(page(first))
        if end is not None:
            raise end


def test_what_goes_wrong_is_raised_by_the_next_call_and_nothing_follows_it() -> None:
    desk = NotingDesk()
    desk.wrong = 1
    with pytest.raises(Refusal, match="POSITION"):
        file_all(desk, 1, 101)
    assert ("apply", 101) not in desk.events


def test_leaving_raises_what_went_wrong_last_unless_something_else_did() -> None:
    desk = NotingDesk()
    desk.wrong = 1
    with pytest.raises(Refusal, match="POSITION"):
        file_all(desk, 1)
    with pytest.raises(KeyError):
        file_all(desk, 1, end=KeyError)


# Threads beside a screen wait while the screen has its turn, but not for ever.


def test_nobody_waits_while_the_screen_rests() -> None:
    turns = Turns()
    turns.give_way()
    turns.take()
    turns.leave()
    turns.give_way()


def test_it_goes_on_when_the_screen_rests_again() -> None:
    turns, passed = Turns(), threading.Event()
    turns.take()

    def work() -> None:
        turns.give_way()
        passed.set()

    beside = threading.Thread(target=work)
    beside.start()
    turns.leave()
    assert passed.wait(60)
    beside.join()


def test_a_screen_that_never_rests_holds_up_nothing_for_ever() -> None:
    turns = Turns()
    turns.take()
    for _ in range(3):
        turns.give_way()
