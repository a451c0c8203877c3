"""The commands, one file a subject.

`exchange/cli/NAME.py` holds `fusion NAME`: a function `command`, or a `typer.Typer`
called `app` with several below it; exchange/cli/program.py says which commands share a
file. A command returns a Reply, which exchange/cli/frame.py prints. What it works with
is imported by `lazy_imports`, and only the file that is asked for is loaded, so that
each command starts as fast as what it needs. Nothing else is in this module: the file
of `fusion list` becomes `list` in it.
"""

from exchange.cli.program import main, run

__all__ = ["main", "run"]
