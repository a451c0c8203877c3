"""fusion release: what waits for a second officer's signature, or lacks it."""

import importlib

import typer

app = typer.Typer(help="Release bulletins as a second officer, or give them back.")

# One module a command, in the order of the help text; each has `add(app)`.
MODULES = ("list", "show", "sign", "give_back", "countersign")


@app.callback()
def _nothing() -> None:
    """Release bulletins as a second officer, or give them back."""


for _name in MODULES:
    importlib.import_module(f"{__name__}.{_name}").add(app)
