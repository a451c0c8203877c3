"""Filters of a list as officers type them: words, and conditions: `kind:WARNING`.

    is:unread is:unacked is:in is:out is:recalled is:stale is:overdue
    kind:WARNING,INCIDENT prec:FLASH mode:EXERCISE tlp:RED lang:ur
    state:queued (of the envelope) state:UNDER_WAY (of what it reports)
    actor:BLA site:DASU-HPP from:ops.beijing.cn from:cn thread:NAME
    after:2026-11-01 before:2026-11-01T06:00Z on:2026-11-01 (UTC)
    near:DASU-HPP:50km near:35.3,73.2:50km near:43SDU1234:50km
    vehicles:>6 killed:2 زخمی:>=1 (a field of figures by its name or a word of a label)

Values of one condition are alternatives, `prec:FLASH,IMMEDIATE`; conditions and words
must all be met.
"""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from exchange.bulletin.codes import CODES, gazetteer
from exchange.bulletin.common_fields import SECTIONS
from exchange.bulletin.grid import point
from exchange.bulletin.kinds import KINDS
from exchange.bulletin.prose import language
from exchange.bulletin.schema import FIGURES, Field
from exchange.bulletin.search_fold import fold_words
from exchange.bulletin.suggest import not_among, suggest_nearest
from exchange.desk.mailbox.records import STATES
from exchange.errors import Reason, Refusal, Why
from exchange.limits import DAY

FLAGS = ("unread", "unacked", "in", "out", "recalled", "stale", "overdue")
LINE_MAX = 4_000  # characters; a longer line is searched as text
HALF_WAY_ROUND = 20_040  # km
_CONDITION = re.compile(r"([a-z][a-z_]{1,23}|[^\W\da-zA-Z]\w{0,23}):(?!//)(\S*)")
_FIGURE = re.compile(r"([<>]=?|=?)([0-9]{1,9}(?:\.[0-9]{1,3})?)")
_NEAR = re.compile(r"(.+):([0-9]{1,5}(?:\.[0-9]{1,3})?)km")
_POINT = re.compile(r"(-?[0-9]{1,2}(?:\.[0-9]{1,7})?),(-?[0-9]{1,3}(?:\.[0-9]{1,7})?)")
_FROM = re.compile(r"[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63}){0,2}")
_THREAD = re.compile(r"[a-z0-9./#-]{8,160}")
_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:t([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)z)?"
)


class Near(NamedTuple):
    """A circle on the ground: degrees, and kilometres."""

    lat: float
    lon: float
    km: float


class CodeCondition(NamedTuple):
    fields: tuple[str, ...]
    codes: frozenset[str]


class FigureCondition(NamedTuple):
    """Any one of the fields has such a figure; `sign` is one of = < > <= >=."""

    fields: tuple[str, ...]
    sign: str
    figure: float


class Filter(Struct, frozen=True):
    """A field left at its default does not matter."""

    unread: bool = False
    unacknowledged: bool = False
    """An acknowledgement is asked for; none was given, or is on its way."""
    recalled: bool = False
    stale: bool = False
    """A translation of it, or of the bulletin it corrects, has an outdated source."""
    overdue: bool = False
    """Its deadline had passed at `now` (ms UTC), as in a hand-over list."""
    now: int = 0
    expired_at: int | None = None
    """Bulletins that expired by then (ms UTC) are not overdue; None: by `now`."""
    precedence: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    modes: frozenset[str] = frozenset()
    states: frozenset[str] = frozenset()
    tlps: frozenset[str] = frozenset()
    langs: frozenset[str] = frozenset()
    direction: str = ""
    desks: frozenset[str] = frozenset()
    """Desks, nodes or domains of the authors."""
    facts: tuple[CodeCondition, ...] = ()
    figures: tuple[FigureCondition, ...] = ()
    after: int = 0
    """Filed then or later, ms UTC."""
    before: int = 0
    """Filed before then; 0 = whenever."""
    near: tuple[Near, ...] = ()
    threads: tuple[str, ...] = ()
    """Names as typed."""
    text: str = ""

    @classmethod
    def parse(cls, line: str, now: int = 0, expired_at: int | None = None) -> "Filter":
        """Parse a line while it is typed.

        What is no condition is search text: half a condition does not empty the list.
        """
        return _read(line, Filter(now=now, expired_at=expired_at), strict=False)

    @classmethod
    def read(cls, line: str, now: int = 0, expired_at: int | None = None) -> "Filter":
        """Parse a complete line, at `now` (ms UTC).

        Raises Refusal(CODE_UNKNOWN), naming the condition: a list emptied by a typo
        would read as "nothing came".
        """
        return _read(line, Filter(now=now, expired_at=expired_at), strict=True)


class UnknownCode(ValueError):
    """A condition names a code that is in none of its lists."""

    def __init__(self, given: str, known: frozenset[str]) -> None:
        super().__init__(given)
        self.given, self.known = given, sorted(known)

    def why(self) -> Why:
        """Return words with the code probably meant, or the known ones."""
        return not_among(suggest_nearest(self.given, self.known), self.known)


def _read(line: str, query: Filter, *, strict: bool) -> Filter:
    text = list[str]()
    ways: set[str] = set()
    for word in _words(line):
        condition = _CONDITION.fullmatch(word)
        try:
            if condition is None or _is_text(condition[1], condition[2]):
                text.append(word)
            elif condition[1] == "is" and condition[2] in {"in", "out"}:
                ways.add(condition[2])
            else:
                query = _with(query, condition[1], condition[2])
        except (Refusal, ValueError) as error:
            if strict and condition is not None:
                why = error.why() if isinstance(error, UnknownCode) else None
                raise Refusal(Reason.CODE_UNKNOWN, f"{condition[1]}:", why) from None
            text.append(word)
    return replace(
        query,
        direction="".join(ways) if len(ways) == 1 else "",
        text=" ".join(text) + (" " if text and line[-1:].isspace() else ""),
    )


def _is_text(key: str, value: str) -> bool:
    """Return whether it only looks like a condition: Urdu and Chinese have colons."""
    if key in _KEYS:
        return False
    return not value or not (key.isascii() or fields_of_figures(key))


def _words(line: str) -> Iterator[str]:
    """Split a line into conditions; one that is too long is a text."""
    if len(line) > LINE_MAX:
        yield line
    else:
        yield from line.split()


def _with(query: Filter, key: str, value: str) -> Filter:
    if key not in _KEYS:
        return _figure(query, key, value)
    return _KEYS[key](query, value)


def _figure(query: Filter, key: str, value: str) -> Filter:
    fields, figure = fields_of_figures(key), _FIGURE.fullmatch(fold_words(value))
    if not fields or figure is None:
        raise _unknown()
    asked = FigureCondition(fields, figure[1] or "=", float(figure[2]))
    return replace(query, figures=(*query.figures, asked))


@lru_cache(maxsize=256)
def fields_of_figures(key: str) -> tuple[str, ...]:
    """Return the dotted names of those named so, else of those with that label word."""
    by_name, by_label, wanted = dict[str, None](), dict[str, None](), fold_words(key)
    for name, field in figure_fields():
        words = " ".join(map(fold_words, field.labels.values()))
        if field.name == key:
            by_name[name] = None
        elif wanted in re.findall(r"\w+", words):
            by_label[name] = None
    return tuple(by_name or by_label)


def _unknown() -> Refusal:
    return Refusal(Reason.CODE_UNKNOWN)


def _flag(query: Filter, value: str) -> Filter:
    if value not in FLAGS:
        raise _unknown()
    name = "unacknowledged" if value == "unacked" else value
    return replace(query, **{name: True})


def _one_of(name: str, known: Callable[[], frozenset[str]]) -> "_Key":
    def read(query: Filter, value: str) -> Filter:
        codes = _codes(value.upper(), known())
        return replace(query, **{name: getattr(query, name) | codes})

    return read


def _codes(value: str, known: frozenset[str]) -> frozenset[str]:
    codes = frozenset(value.split(","))
    if unknown := sorted(codes - known):
        raise UnknownCode(unknown[0], known)
    return codes


def _state(query: Filter, value: str) -> Filter:
    if set(value.lower().split(",")) <= set(STATES):
        states = frozenset(value.lower().split(","))
        return replace(query, states=query.states | states)
    fields = tuple(f for f in declared_fields() if f[0].endswith((".state", ".status")))
    return _coded(query, fields, value)


def _fact(codes: str) -> "_Key":
    def read(query: Filter, value: str) -> Filter:
        fields = tuple(f for f in declared_fields() if f[1].codes == codes)
        return _coded(query, fields, value)

    return read


def _coded(query: Filter, fields: tuple[tuple[str, Field], ...], value: str) -> Filter:
    known = {code for _, field in fields for code in CODES[field.codes]}
    names = tuple(dict.fromkeys(name for name, _ in fields))
    fact = CodeCondition(names, _codes(value.upper(), frozenset(known)))
    return replace(query, facts=(*query.facts, fact))


@cache
def figure_fields() -> tuple[tuple[str, Field], ...]:
    """Return the kinds' own with figures, as `declared_fields` does."""
    return tuple(
        (name, field) for name, field in _own_fields() if field.type in FIGURES
    )


def _own_fields() -> tuple[tuple[str, Field], ...]:
    own = [(f"details.{f.name}", f) for kind in KINDS.values() for f in kind.fields]
    parts = ((f"{name}.{part.name}", part) for name, f in own for part in f.parts)
    return (*own, *parts)


@cache
def declared_fields() -> tuple[tuple[str, Field], ...]:
    """Return each with its dotted name, also within rows."""
    common = ((f"{s.name}.{f.name}", f) for s in SECTIONS for f in s.fields)
    return tuple((name, f) for name, f in (*common, *_own_fields()) if f.codes)


def _lang(query: Filter, value: str) -> Filter:
    langs = frozenset(language(one) for one in value.split(","))
    if not langs <= CODES["language"].keys():
        raise _unknown()
    return replace(query, langs=query.langs | langs)


def _from(query: Filter, value: str) -> Filter:
    if not all(_FROM.fullmatch(one) for one in value.split(",")):
        raise _unknown()
    return replace(query, desks=query.desks | frozenset(value.split(",")))


def _thread(query: Filter, value: str) -> Filter:
    if not _THREAD.fullmatch(value.lower()):
        raise _unknown()
    return replace(query, threads=(*query.threads, value.lower()))


def _after(query: Filter, value: str) -> Filter:
    return replace(query, after=max(query.after, _span(value)[0]))


def _before(query: Filter, value: str) -> Filter:
    return _until(query, _span(value)[0])


def _on(query: Filter, value: str) -> Filter:
    start, end = _span(value)
    return _until(replace(query, after=max(query.after, start)), end)


def _until(query: Filter, end: int) -> Filter:
    return replace(query, before=min(query.before or end, end))


def _span(text: str) -> tuple[int, int]:
    """Return a day in ms UTC, or the same moment twice."""
    match = _TIME.fullmatch(fold_words(text))
    if not match:
        raise _unknown()
    moment = datetime.fromisoformat(f"{match[1]}T{match[2] or '00:00'}")
    start = round(moment.replace(tzinfo=UTC).timestamp() * 1_000)
    if start <= 0:
        raise _unknown()
    return start, start if match[2] else start + DAY


def _near(query: Filter, value: str) -> Filter:
    parts = _NEAR.fullmatch(fold_words(value))
    if not parts or not 0 < float(parts[2]) <= HALF_WAY_ROUND:
        raise _unknown()
    lat, lon = _place(parts[1])
    return replace(query, near=(*query.near, Near(lat, lon, float(parts[2]))))


def _place(text: str) -> tuple[float, float]:
    if site := gazetteer().get(text.upper()):
        return float(site.lat), float(site.lon)
    if grid := point(text.upper()):
        return grid.lat, grid.lon
    pair = _POINT.fullmatch(text)
    if not pair or abs(float(pair[1])) > 90 or abs(float(pair[2])) > 180:  # noqa: PLR2004  # degrees
        raise _unknown()
    return float(pair[1]), float(pair[2])


def _list(name: str) -> Callable[[], frozenset[str]]:
    return lambda: frozenset(CODES[name])


_Key = Callable[[Filter, str], Filter]
_KEYS: dict[str, _Key] = {
    "is": _flag,
    "kind": _one_of("kinds", lambda: frozenset(KINDS)),
    "prec": _one_of("precedence", _list("precedence")),
    "mode": _one_of("modes", _list("mode")),
    "tlp": _one_of("tlps", _list("tlp")),
    "state": _state,
    "actor": _fact("actor"),
    "site": _fact("site"),
    "lang": _lang,
    "from": _from,
    "thread": _thread,
    "after": _after,
    "before": _before,
    "on": _on,
    "near": _near,
}
KEYS = tuple(_KEYS)
"""Every condition, for help and completion."""
