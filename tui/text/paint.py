"""A laid-out line as a strip of cells; the one place where text gets its style."""

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui.text.layout import DisplayLine, Range


def paint(
    line: DisplayLine, style: Style, marks: tuple[tuple[Range, Style], ...] = ()
) -> Strip:
    """Restyle ranges of the paragraph by `marks` (a caret)."""
    return Strip(pieces(line, style, marks))


def pieces(
    line: DisplayLine, style: Style, marks: tuple[tuple[Range, Style], ...] = ()
) -> list[Segment]:
    if not marks:
        return [Segment(line.shown, style)]
    segments: list[Segment] = []
    for char, place in zip(line.shown, line.places, strict=True):
        own = style
        for (start, end), more in marks:
            if start <= place < end:
                own = own + more
        if segments and segments[-1].style == own:
            segments[-1] = Segment(segments[-1].text + char, own)
        else:
            segments.append(Segment(char, own))
    return segments
