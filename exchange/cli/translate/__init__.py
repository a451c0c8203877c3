"""fusion translate: bulletins in another language, from the first text to signed."""

import importlib

import typer

app = typer.Typer(
    help="Translate bulletins: text by text, checked, reviewed, signed and sent."
)

# One module a group of commands, in the order of the help text; each has `add(app)`.
MODULES = (
    "list",
    "show",
    "set_texts",
    "check",
    "steps",
    "back_translation",
    "send",
    "export",
    "import_file",
    "machine",
    "glossary",
    "memory",
)


@app.callback()
def _nothing() -> None:
    """Translate bulletins: text by text, checked, reviewed, signed and sent."""


for _name in MODULES:
    importlib.import_module(f"{__name__}.{_name}").add(app)
