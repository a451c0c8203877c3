"""The commands, one file each.

`exchange/cli/NAME.py` holds `fusion NAME`: either a function `command`, or, where
there are several below it, a `typer.Typer` called `app`. A file imports the rest of
the program inside its functions, and only the file that is asked for is imported,
so that each command starts as fast as what it needs. Nothing else stands here: the
file of `fusion list` becomes `list` in this module.
"""

from exchange.cli.program import main, run

__all__ = ["main", "run"]
