"""Templates of the page, which escape every text put into them.

Jinja escapes everything except parts made by a template. Control characters and
invisible ones are shown as U+FFFD.
"""

import unicodedata
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

ZWNJ = "\u200c"
_ACTING = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))


def clean(text: str) -> str:
    """Replace control and invisible characters; ZWNJ and line feeds stay."""
    if text.isprintable():
        return text
    return "".join(map(_clean, text))


def _clean(char: str) -> str:
    kept = char in {ZWNJ, "\n"} or unicodedata.category(char) not in _ACTING
    return char if kept else "\ufffd"


def _finalized(value: object) -> object:
    """Clean a text; a part, of a subclass of str, is clean already."""
    return clean(value) if type(value) is str else value


def _px(length: float) -> str:
    return f"{length:.1f}".removesuffix(".0")


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("exchange.report"),
        autoescape=True,
        finalize=_finalized,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["px"] = _px
    return environment


ENVIRONMENT = _environment()
PARTS: Any = ENVIRONMENT.get_template("parts.html").module
"""Functions that return parts of the page: the macros of templates/parts.html."""
SVG: Any = ENVIRONMENT.get_template("svg.html").module
"""Functions that return parts of a drawing: the macros of templates/svg.html."""


def join_parts(*parts: str) -> str:
    found: str = PARTS.joined(parts)
    return found
