"""Boards to be shown, and a desk in memory that has them."""

from typing import Any

from exchange.desk.board.records import Board, Sign, Sort, Week
from exchange.limits import DAY, MINUTE
from tests.tui.examples import NOW
from tests.tui.fake_desk import FakeDesk, three


def sign(sort: Sort, stop: str, code: str, *numbers: int, **changes: object) -> Sign:
    """A sign of a sort at a stop: of what was forty minutes ago, filed since."""
    given: dict[str, Any] = {
        "sort": sort,
        "numbers": numbers or (1,),
        "stop": stop,
        "code": code,
        "call_sign": "INDUS-7" if sort == "CONVOY" else "",
        "happened": NOW - 40 * MINUTE,
        "to": 0,
        "filed": NOW - 10 * MINUTE,
        "until": NOW + 3 * MINUTE * 60 if sort != "INCIDENT" else 0,
        "precedence": "IMMEDIATE",
        "tlp": "AMBER_STRICT",
        "subject": "Two vehicles without plates near the camp",
        "lang": "en",
    }
    return Sign(**(given | changes))


SIGNS = (
    sign("WARNING", "DASU-HPP", "SEVERE", 1),
    sign(
        "INCIDENT",
        "KARACHI-PORT",
        "IED",
        3,
        2,
        lang="ur",
        subject="بندرگاہ کے قریب دھماکہ",
    ),
    sign("CONVOY", "BESHAM", "HALTED", 2, until=NOW - 5 * MINUTE),
    sign("CONVOY", "GILGIT", "UNDER_WAY", 3, call_sign="KHUNJERAB-2"),
    sign(
        "POSTURE", "GWADAR-PORT", "HIGH", 2, lang="zh-Hans", subject="港口防护等级提高"
    ),
    sign("POSTURE", "KAROT", "NORMAL", 1),
    sign("WARNING", "", "MODERATE", 2),
)
BOARD = Board("ACTUAL", NOW, SIGNS)
DRILL = Board(
    "EXERCISE", NOW, (sign("WARNING", "GWADAR", "EXTREME", 1, subject="Drill only"),)
)
WEEKS = tuple(
    Week(
        NOW - (11 - n) * 7 * DAY, 40 + 7 * n, n, n % 3, n, (5 + n) * MINUTE, 30 * MINUTE
    )
    for n in range(12)
)


def desk(language: str = "en", **more: object) -> FakeDesk:
    """A desk in memory with a real board and one of an exercise."""
    made = three(settings={"language": language}, **more)
    made.boards = {"ACTUAL": BOARD, "EXERCISE": DRILL}
    made.weeks = WEEKS
    return made
