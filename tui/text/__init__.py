"""The only way of foreign text to a cell: safe, lay_out, paint; and the last door.

Logical text is stored, signed, searched and copied. What comes out of `lay_out`
is for the eye only and is never kept (research: order of the steps in layout.py).
Nothing is imported here: a command prints safe text without Textual.

    order          who joins and reorders: this program, the terminal, nobody
    safe_text      foreign text without what acts on a terminal or hides in it
    layout         logical text to lines of cells, in the order of the eye
    paint          these lines in colours
    output_filter  the last door before the terminal
"""
