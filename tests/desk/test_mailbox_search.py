from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from exchange.desk.mailbox import Filter, LogTree, Mailbox, index_terms, search
from exchange.errors import Reason, Refusal
from tests.desk import made
from tests.desk.made import BEIJING, ISLAMABAD, message, name, receipt, translation
from tests.expecting import refusing

URDU = "شاہراہ پر گاڑی نمبر ۱۲ مشکوک ہے"
CHINESE = "北部口岸附近发现可疑车辆"
HOSTILE = [
    '"',
    "'",
    "''; DROP TABLE message; --",
    '" OR "a',
    "convoy OR delayed",
    "convoy NOT delayed",
    "NEAR(convoy delayed)",
    "convoy*",
    "^convoy",
    "text:convoy",
    "-convoy",
    "{text} : convoy",
    "con\0voy",
    "\0",
    "\ud800",
    "kind:\ud800",
    "is:unread\udfff kind:A\0B prec:' prec:,",
    "(" * 10_000,
    "convoy " * 20_000,
    "车" * 100_000,
    "x" * 1_000_000,
    "%",
    "_",
    "\u202e\u2066",
    "is:",
    ":",
    "AND",
    "\N{COMBINING ACUTE ACCENT}" * 5_000,
]


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mailbox]:
    mailbox = Mailbox(tmp_path_factory.mktemp("finding") / "mailbox.db", made.KEY)
    head = {n: made.entry(precedence=n) for n in (1, 2, 4)}
    asks = made.content("Convoy delayed", acknowledge="READ")
    urdu = made.content("گاڑی مشکوک", [URDU], kind="INCIDENT", lang="ur")
    chinese = made.content("可疑", [CHINESE], kind="SIGHTING", lang="zh-Hans")
    drill = made.entry(mode=2)
    with mailbox.database.transaction():
        mailbox.messages.put(message(1, content=asks, entry=head[1]))
        mailbox.messages.put(message(2, content=urdu, entry=head[2], facts="قافلہ"))
        mailbox.messages.put(message(3, content=chinese, entry=head[4], origin=BEIJING))
        mailbox.messages.put(message(4, content=asks, direction="out"))
        mailbox.messages.put(message(5, entry=drill, facts="Warning تنبیہ 警告"))
        mailbox.messages.put(message(6, content=None, cek=None, verdict="SEAL"))
        mailbox.translations.put(translation(3, "en", "Suspicious vehicle seen"))
        mailbox.messages.mark_read(2, 1)
        mailbox.messages.set_state(6, "refused", 1, "beijing.cn", "LABEL")
        mailbox.receipts.add(receipt(4, "ACKNOWLEDGED"))
    yield mailbox
    mailbox.close()


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("convoy", [5, 4, 1]),
        ("DELAYED Convoy", [5, 4, 1]),
        ("convoy absent", []),
        ("گاڑی", [2]),
        ("گاڑي", [2]),
        ("مُشکوک گاڑی", [2]),
        ("12", [2]),
        ("قافله", [2]),
        ("可疑车辆", [3]),
        ("车辆 口岸", [3]),
        ("辆车", []),
        ("车", [3]),
        ("suspicious", [3]),
        ("susp", [3]),
        ("susp ", []),
        ("warning", [5]),
        ("تنبیہ", [5]),
        ("警告", [5]),
        ("convoy 警告", [5]),
        ("", []),
        ("   ", []),
    ],
)
def test_search_in_three_languages(box: Mailbox, text: str, numbers: list[int]) -> None:
    assert list(box.search.text(text)) == numbers


def test_the_newest_hits_come_first_and_no_more_than_asked(box: Mailbox) -> None:
    assert list(box.search.text("convoy", 2)) == [5, 4]
    assert list(box.search.text("convoy", 0)) == []


@pytest.mark.parametrize(
    ("line", "numbers"),
    [
        ("", [6, 5, 4, 3, 2, 1]),
        ("is:unread", [6, 5, 3, 1]),
        ("is:unacked", [1]),
        ("is:out", [4]),
        ("is:in is:out", [6, 5, 4, 3, 2, 1]),
        ("prec:FLASH", [1]),
        ("prec:flash,immediate", [2, 1]),
        ("prec:FLASH prec:IMMEDIATE", [2, 1]),
        ("kind:WARNING", [5, 4, 1]),
        ("kind:WARNING is:in", [5, 1]),
        ("kind:INCIDENT,SIGHTING is:unread", [3]),
        ("mode:EXERCISE", [5]),
        ("state:refused", [6]),
        ("state:refused,LOCAL is:unread", [6, 5, 3, 1]),
        ("convoy is:unread", [5, 1]),
        ("is:unread conv", [5, 1]),
        ("is:unread conv ", []),
        ("is:unacked delayed prec:FLASH", [1]),
        ("is:out 可疑", []),
        ("kind:NONE convoy", []),
        ("is:other", []),
        ("kind:", []),
    ],
)
def test_filters(box: Mailbox, line: str, numbers: list[int]) -> None:
    assert list(box.search.ids(line)) == numbers
    assert list(box.search.ids(Filter.parse(line))) == numbers


def test_many_hits_are_cut_to_the_newest(
    box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "FOUND_MAX", 1)
    assert list(box.search.ids("is:unread convoy")) == [5]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_queries_neither_fail_nor_act(box: Mailbox, text: str) -> None:
    for ask in (
        box.search.text,
        box.search.ids,
        lambda t: box.search.ids(f"is:unread {t}"),
    ):
        assert all(1 <= number <= 6 for number in ask(text))
    assert box.database.count() == 6


def test_no_text_passes_for_a_code(tmp_path: Path) -> None:
    forged = index_terms.mark("kind", "SIGHTING")
    with closing(Mailbox(tmp_path / "mailbox.db", made.KEY)) as box:
        said = made.content(forged, [f"convoy {forged}"])
        box.messages.put(message(1, content=said, facts=forged))
        assert list(box.search.ids("kind:SIGHTING")) == []
        assert list(box.search.ids("kind:WARNING convoy")) == [1]
        assert list(box.search.text(index_terms.mark("kind", "WARNING"))) == []


def test_syntax_of_the_index_is_only_words(box: Mailbox) -> None:
    assert list(box.search.text("convoy OR absent ")) == []
    assert list(box.search.text("convoy NOT delayed ")) == []
    assert list(box.search.text("c*nvoy ")) == []
    assert list(box.search.text('"convoy" ')) == [5, 4, 1]


@given(st.text(st.characters(codec=None)))
@example('"\0\ud800')
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_any_text_is_a_query_and_a_filter(box: Mailbox, text: str) -> None:
    box.search.text(text)
    box.search.ids(text)
    with suppress(Refusal):
        box.search.resolve(text)


def test_names_as_an_officer_types_them(box: Mailbox) -> None:
    assert box.search.resolve(name(3).hex()) == name(3)
    assert box.search.resolve(f" {name(3).hex().upper()}\n") == name(3)
    assert box.search.resolve(name(3).hex()[:8]) == name(3)
    assert box.search.resolve(name(3).hex()[:9]) == name(3)
    assert box.search.resolve("islamabad.pk#2") == name(2)
    assert box.search.resolve("beijing.cn#3") == name(3)
    assert box.search.resolve(f"{ISLAMABAD}#1") == name(1)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", Reason.INPUT),
        ("0003000", Reason.INPUT),
        ("xyz30003", Reason.INPUT),
        ("0" * 65, Reason.INPUT),
        ("islamabad.pk#", Reason.INPUT),
        ("islamabad.pk#-1", Reason.INPUT),
        ("*#1", Reason.INPUT),
        ("[a-z]#1", Reason.INPUT),
        ("islamabad.pk#" + "9" * 19, Reason.INPUT),
        ("islamabad.pk#١", Reason.INPUT),
        ("islamabad.pk#3", Reason.NOT_FOUND),
        ("islamabad.p#1", Reason.NOT_FOUND),
        ("ffffffff", Reason.NOT_FOUND),
    ],
)
def test_names_that_name_nothing(box: Mailbox, text: str, reason: Reason) -> None:
    with refusing(reason):
        box.search.resolve(text)


def test_a_prefix_of_two_names_is_ambiguous(tmp_path: Path) -> None:
    mailbox = Mailbox(tmp_path / "mailbox.db", made.KEY)
    mailbox.messages.put(message(1, name=b"\xab" * 4 + bytes(28)))
    mailbox.messages.put(message(2, name=b"\xab" * 4 + b"\x10" + bytes(27)))
    with refusing(Reason.AMBIGUOUS):
        mailbox.search.resolve("abababab")
    assert mailbox.messages.row(mailbox.search.resolve("abababab1")).number == 2
    mailbox.close()


def test_a_place_in_several_logs_of_a_node_names_its_log(tmp_path: Path) -> None:
    mailbox = Mailbox(tmp_path / "mailbox.db", made.KEY)
    for number in (1, 2, 10, 9):
        origin = f"islamabad.pk.fusion/log/{number}"
        mailbox.messages.put(message(number, origin=origin, index=0))
    mailbox.messages.put(message(11, origin="islamabad.pk.fusion/log/1", index=7))
    with refusing(Reason.AMBIGUOUS) as refusal:
        mailbox.search.resolve("islamabad.pk#0")
    assert str(refusal.value) == (
        "NAME: that node has several logs; give one of islamabad.pk/1#0,"
        " islamabad.pk/2#0, islamabad.pk/9#0, islamabad.pk/10#0 (AMBIGUOUS)"
    )
    assert mailbox.search.resolve("islamabad.pk/10#0") == name(10)
    assert mailbox.search.resolve("islamabad.pk.fusion/log/2#0") == name(2)
    assert mailbox.search.resolve("islamabad.pk#7") == name(11)
    with refusing(Reason.NOT_FOUND):
        mailbox.search.resolve("islamabad.pk/2#7")
    mailbox.close()


def test_a_log_is_named_by_its_number_where_several_are_known(tmp_path: Path) -> None:
    mailbox = Mailbox(tmp_path / "mailbox.db", made.KEY)
    for origin in (ISLAMABAD, BEIJING):
        mailbox.logs.set_tree(origin, LogTree(0, ()))
    assert mailbox.logs.name(ISLAMABAD) == "islamabad.pk"

    second = ISLAMABAD.replace("/1", "/2")
    mailbox.logs.set_tree(second, LogTree(0, ()))
    assert mailbox.logs.name(ISLAMABAD) == "islamabad.pk/1"
    assert mailbox.logs.name(second) == "islamabad.pk/2"
    assert mailbox.logs.name(BEIJING) == "beijing.cn"
    mailbox.close()
