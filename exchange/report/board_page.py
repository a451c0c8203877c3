"""The board of the corridor as one file: a page of HTML, or a drawing in SVG.

No network, no script. The label of everything shown is at top and bottom, in the
readers' language.
"""

import base64
import hashlib
from collections.abc import Iterator, Sequence
from importlib.resources import files
from typing import NamedTuple

from markupsafe import Markup

from exchange.bulletin.codes import DRILLS
from exchange.bulletin.combined_label import Label
from exchange.desk.board.corridor import segments
from exchange.desk.board.records import CODES, ELSEWHERE, Board, Sign, Week
from exchange.limits import MINUTE, SECOND
from exchange.report.board_drawing import (
    GRAVITY_NAMES,
    SHAPES,
    SORT_NAMES,
    draw_segment,
    numbered,
)
from exchange.report.canvas import WIDTH, Box, Canvas, key
from exchange.report.html import ENVIRONMENT, PARTS
from exchange.report.route_map import draw_map
from exchange.report.tables import Column, short_caption, table
from exchange.report.time_line import draw_times
from exchange.report.words import Words, word
from exchange.v1 import envelope_pb2 as pb

TITLE = word("Board of the corridor")
NOBODY = word("no reader: labels exclude each other")
_MORE = word("There are more: the newest are shown.")
_PLOT = 120  # px
_AXIS = 44  # px
_LIST = 22  # px of a line of the list in a drawing


class BoardPage(NamedTuple):
    """`label` is None if no bulletin is shown."""

    board: Board
    weeks: Sequence[Week]
    label: Label | None
    desk: str
    weeks_cut: bool = False
    """Whether only the newest are counted."""


def write_html(page: BoardPage, lang: str) -> str:
    words = Words(lang)
    style = _sheet("style.css") + _sheet("board.css")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    main = PARTS.main(
        words.language,
        words.say(TITLE),
        PARTS.joined([_marking(words, page), _mode(words, page)]),
        _facts(words, page),
        list(_tiles(words, page.board)),
        [*_sections(words, page), _marking(words, page)],
    )
    made: str = ENVIRONMENT.get_template("page.html").render(
        languages=[words.language],
        policy=f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none';"
        " form-action 'none'",
        title=f"{label_text(words, page.label)} · {words.say(TITLE)}",
        style=Markup(style),  # noqa: S704 - our own
        mains=[main],
    )
    return made


def write_svg(page: BoardPage, lang: str) -> str:
    """Return the corridor with the list of its signs below it."""
    words = Words(lang)
    canvas = Canvas(words, "board", 0)
    for segment in segments():
        drawn = draw_segment(words, page.board, segment, "", canvas.height)
        canvas.parts += drawn.parts
        canvas.height = drawn.height
    y = canvas.height + _LIST
    for sign, number in numbered(page.board).items():
        canvas.mark(SHAPES[sign.sort], 8, y - 4, sign.gravity(page.board.at))
        said = " · ".join(
            filter(None, (words.number(number), *_said(words, sign, page.board.at)))
        )
        canvas.text(20, y, said)
        y += _LIST
    if page.board.cut:
        canvas.text(20, y, words.say(_MORE))
        y += _LIST
    title = f"{words.say(TITLE)} · {words.code('mode', page.board.mode)}"
    made: str = ENVIRONMENT.get_template("board.svg").render(
        language=words.language,
        title=title,
        marking=label_text(words, page.label),
        desk=page.desk,
        at=f"{words.moment(page.board.at)} UTC",
        style=Markup(_sheet("board.css")),  # noqa: S704 - our own
        drill=page.board.mode in DRILLS,
        parts=canvas.parts,
        width=WIDTH,
        height=y,
    )
    return made


def _sheet(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8")


def label_text(words: Words, label: Label | None) -> str:
    if label is None:
        return words.say("No bulletin is shown.")
    tlp = words.code("tlp", pb.Tlp.Name(label.tlp).removeprefix("TLP_"))
    domains = words.join(words.code("domain", d) for d in sorted(label.releasable_to))
    to = words.say("releasable to {domains}", domains=domains or words.say(NOBODY))
    caveats = (words.code("caveat", one) for one in sorted(label.caveats))
    return " · ".join((tlp, to, *caveats))


def _marking(words: Words, page: BoardPage) -> str:
    strict = page.label is not None and page.label.tlp >= pb.TLP_AMBER_STRICT
    made: str = PARTS.verdict(
        "wrong" if strict else "unknown", "■", label_text(words, page.label)
    )
    return made


def _mode(words: Words, page: BoardPage) -> str | None:
    """Return the warning that nothing is real; None if it is."""
    if page.board.mode not in DRILLS:
        return None
    said = words.code("mode", page.board.mode)
    told = words.say("{mode}: this page contains no real events.", mode=said)
    made: str = PARTS.verdict("unknown", "◇", told)
    return made


def _facts(words: Words, page: BoardPage) -> list[tuple[str, str]]:
    return [
        (words.say("Desk"), PARTS.name([page.desk])),
        (words.say("As of"), f"{words.moment(page.board.at)} UTC"),
        (words.say("Mode"), words.code("mode", page.board.mode)),
    ]


def _tiles(words: Words, board: Board) -> Iterator[tuple[str, str]]:
    for sort, name in SORT_NAMES.items():
        count = sum(sign.sort == sort for sign in board.signs)
        yield words.say(name), words.number(count)


def _sections(words: Words, page: BoardPage) -> Iterator[str]:
    say, board = words.say, page.board
    desc = say("A segment of the corridor, with numbered signs.")
    strips = [
        draw_segment(words, board, segment, segment.code).render(
            words.code("corridor", segment.code), desc
        )
        for segment in segments()
    ]
    figure = PARTS.figure(say("Corridor"), [*strips, _legend(words)])
    more = PARTS.paragraph(say(_MORE), "more") if board.cut else None
    yield PARTS.together([figure, _signs(words, board), more])
    title = say("Map")
    desc = say("The places of the corridor by their coordinates, north at the top.")
    drawn = draw_map(words, board, "map").render(title, desc)
    yield PARTS.figure(title, [drawn, _legend(words)])
    title = say("Two weeks")
    desc = say("By the time of the event, or else of filing.")
    times = draw_times(words, board, "times", desc)
    yield PARTS.figure(title, [times.render(title, desc)])
    yield _weeks(words, page.weeks, cut=page.weeks_cut)


def _legend(words: Words) -> str:
    """Explain the marks by shape, then their colours."""
    shapes = [(key(SHAPES[s]), words.say(name)) for s, name in SORT_NAMES.items()]
    colours = [(key("level", g), words.say(name)) for g, name in GRAVITY_NAMES.items()]
    made: str = PARTS.legend(shapes + colours)
    return made


def _signs(words: Words, board: Board) -> str:
    say = words.say
    columns = [
        Column(say("No."), number=True),
        Column(say("Sign")),
        Column(say("Place")),
        Column(say("When")),
        Column(say("Until")),
        Column(say("Subject")),
    ]
    rows = (
        [
            words.number(number),
            _what(words, sign),
            _place(words, sign),
            _when(words, sign, board.at),
            words.moment(sign.until) if sign.until else "–",
            PARTS.foreign(sign.subject, sign.lang),
        ]
        for sign, number in numbered(board).items()
    )
    return table(words, short_caption(say("Signs")), columns, rows)


def _what(words: Words, sign: Sign) -> str:
    says = words.code(CODES[sign.sort], sign.code) if sign.code else ""
    parts = (words.say(SORT_NAMES[sign.sort]), sign.call_sign, says)
    return " · ".join(filter(None, parts))


def _place(words: Words, sign: Sign) -> str:
    if sign.stop == ELSEWHERE:
        return words.say("no place on the corridor")
    return words.code("site", sign.stop)


def _when(words: Words, sign: Sign, now: int) -> str:
    """Return the author's time, else that of filing, with its age."""
    said = words.day if sign.in_days else words.moment
    ends = [sign.to - sign.in_days] if sign.to else []
    time = " – ".join(dict.fromkeys(map(said, (sign.happened, *ends))))
    if not sign.happened:
        time = words.say("filed {time}", time=words.moment(sign.filed))
    return f"{time} · {words.age(now - sign.at)}"


def _said(words: Words, sign: Sign, now: int) -> Iterator[str]:
    yield _when(words, sign, now)
    yield _what(words, sign)
    yield _place(words, sign)
    if sign.until:
        yield words.say("until {time}", time=f"{words.moment(sign.until)} UTC")


def _weeks(words: Words, weeks: Sequence[Week], *, cut: bool) -> str:
    say = words.say
    title = say("Week by week")
    counts = [week.bulletins for week in weeks]
    waits = [-(-week.median // MINUTE) for week in weeks]
    columns = [
        Column(say("Beginning")),
        Column(say("Bulletins"), number=True),
        Column(say("Warnings"), number=True),
        Column(say("Incidents"), number=True),
        Column(say("Answered"), number=True),
        Column(say("Median"), number=True),
        Column(say("90th percentile"), number=True),
    ]
    rows = (
        [
            words.day(week.start),
            words.number(week.bulletins),
            words.number(week.warnings),
            words.number(week.incidents),
            words.number(week.answered),
            *(
                words.span(ms // SECOND) if ms else "–"
                for ms in (week.median, week.ninety)
            ),
        ]
        for week in weeks
    )
    note = say("Of warnings and incidents: from filing to an officer's first answer.")
    parts = (
        _bars(words, weeks, counts, ("counts", say("Bulletins a week"))),
        _bars(words, weeks, waits, ("waits", say("Minutes to the first answer"))),
        table(words, short_caption(title), columns, rows),
        PARTS.paragraph(note, "more"),
        *((PARTS.paragraph(say(_MORE), "more"),) if cut else ()),
    )
    figure: str = PARTS.figure(title, parts)
    return figure


def _bars(
    words: Words, weeks: Sequence[Week], values: Sequence[int], name: tuple[str, str]
) -> str:
    """`name` is the ident and the title."""
    ident, title = name
    canvas = Canvas(words, ident, _PLOT + 76)
    canvas.text(0, 24, title)
    base, top = _PLOT + 34, max(1, *values) if values else 1
    step = (WIDTH - _AXIS) / max(1, len(values))
    for place, value in enumerate(values):
        x, height = _AXIS + place * step, (_PLOT - 10) * value / top
        canvas.fill(Box(x, base - height, step * 0.8, height), "n", 0)
        canvas.text(x + step * 0.4, base - height - 4, words.number(value), "middle")
        if not (len(values) - 1 - place) % 3:
            day = words.skeleton(weeks[place].start, "MMMd")
            canvas.text(min(x + step * 0.4, WIDTH - 60), base + 24, day, "middle")
    canvas.line("range", _AXIS, base, WIDTH, base)
    return canvas.render(title, title)
