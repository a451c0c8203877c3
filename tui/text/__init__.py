"""The only way of foreign text to a cell: safe, lay_out, paint; and the last door.

Logical text is stored, signed, searched and copied. What comes out of `lay_out`
is for the eye only and is never kept (research: order of the steps in layout.py).
"""

from tui.text.layout import DisplayLine, lay_out, one_line
from tui.text.output_filter import Guard
from tui.text.paint import paint
from tui.text.safe_text import hidden, safe

__all__ = ["DisplayLine", "Guard", "hidden", "lay_out", "one_line", "paint", "safe"]
