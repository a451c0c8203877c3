"""The only way of foreign text to a cell: safe, lay_out, paint; and the last door.

Logical text is stored, signed, searched and copied. The output of `lay_out` is for the
eye only and is never stored. This module imports nothing: a command prints safe text
without Textual.

    order          the party that reorders: this program, the terminal, none
    safe_text      foreign text without control and invisible characters
    layout         logical text to lines of cells, in the order of the eye
    paint          these lines in colours
    output_filter  the last door before the terminal
"""
