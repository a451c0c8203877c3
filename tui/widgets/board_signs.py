"""Signs and words of a board: sort, content, and time in force."""

from collections.abc import Mapping, Sequence

from exchange.bulletin.codes import CODES as LISTS
from exchange.bulletin.codes import label as code_label
from exchange.desk.board.records import CODES, ELSEWHERE, Gravity, Sign, Sort
from exchange.words import word
from exchange.words.ages import ago
from tui.times import clock, near
from tui.widgets.choices import BETWEEN
from tui.widgets.page import Text
from tui.words import lang, say

SIGNS: dict[Sort, tuple[str, str]] = {
    "WARNING": ("▲", word("warning")),
    "INCIDENT": ("✶", word("incident")),
    "CONVOY": ("»", word("convoy")),
    "POSTURE": ("■", word("posture")),
}
LATE = "!"
NOTHING = "·"
STYLES: Mapping[Gravity, tuple[str, str]] = {
    "grave": ("bad", word("serious")),
    "watch": ("unsure", word("caution")),
    "calm": ("good", word("normal")),
}
"""The style of a gravity, with its name in the legend."""


def sign_of(sign: Sign, now: int) -> str:
    """Return the sign; for a level its rank, 1 is NORMAL."""
    if sign.sort == "POSTURE":
        ranks = list(LISTS["posture"])
        return str(ranks.index(sign.code) + 1) if sign.code in ranks else "?"
    return LATE if sign.is_late(now) else SIGNS[sign.sort][0]


def style_of(sign: Sign, now: int) -> str:
    return STYLES[sign.gravity(now)][0]


def line_of(sign: Sign, now: int, *where: str) -> Text:
    """Return a sign's time, age and words, its sort in the colour of its gravity."""
    age = [ago(now - sign.at)] if sign.at <= now else []
    said = BETWEEN.join((time_of(sign, now), *age, *where, *words_of(sign, now)))
    mark, sort = SIGNS[sign.sort]
    spans = ((f"{mark} {say(sort)}", 0),)
    return Text(said, lang(), spans=spans, span_style=style_of(sign, now))


def stop_name(stop: str) -> str:
    if stop == ELSEWHERE:
        return say("no place on the corridor")
    return code_label("site", stop, lang())


def words_of(sign: Sign, now: int) -> Sequence[str]:
    mark, sort = SIGNS[sign.sort]
    says = code_label(CODES[sign.sort], sign.code, lang()) if sign.code else ""
    more = len(sign.numbers)
    return [
        part
        for part in (
            f"{mark} {say(sort)}",
            sign.call_sign,
            says,
            _until(sign, now),
            say("bulletins: {n}").format(n=more) if more > 1 else "",
        )
        if part
    ]


def time_of(sign: Sign, now: int) -> str:
    """Return the author's time, else that of filing, named as such."""
    begins = near(sign.at, now)
    if not sign.happened:
        return say("filed {time}").format(time=begins)
    if sign.in_days:
        days = (near(at, now).rpartition(" ")[0] for at in (sign.at, sign.to - 1))
        return " - ".join(dict.fromkeys(days))
    ends, day = near(sign.to, now), begins.rpartition(" ")[0]
    ends = clock(sign.to) if ends.startswith(day) else ends
    return " - ".join(filter(None, (begins, ends)))


def _until(sign: Sign, now: int) -> str:
    if not sign.until:
        return ""
    at = near(sign.until, now)
    if sign.sort != "CONVOY":
        return say("until {time}").format(time=at)
    late = sign.is_late(now)
    said = word("overdue since {time}") if late else word("alarm at {time}")
    return say(said).format(time=at)
