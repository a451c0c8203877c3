"""fusion translate: bulletins in another language, from the first text to signed."""

import importlib

from exchange.cli.translate.common import app

__all__ = ["app"]

# In the order of the help text.
for _name in ("texts", "files", "glossary", "memory"):
    importlib.import_module(f"{__name__}.{_name}")
