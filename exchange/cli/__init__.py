"""The commands, one file per subject.

`exchange/cli/NAME.py` holds `fusion NAME`: a function `command`, or a `typer.Typer`
called `app` for a group; exchange/cli/program.py lists the commands that share a file.
A command returns a Reply, which exchange/cli/frame.py prints. It takes its dependencies
from `lazy_imports`, and only the requested file is loaded, so that it starts fast. Keep
this module empty: the file of `fusion list` becomes `list` in it.
"""

from exchange.cli.program import main, run

__all__ = ["main", "run"]
