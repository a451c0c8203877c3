"""Elements of HTML and SVG, escaped by construction.

A text can become nothing but text, an attribute nothing but its value: there is no
way to put markup in. What acts or hides in a text is shown as U+FFFD.
"""

import html
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

VOID = frozenset({"meta", "input", "br", "wbr"})
BLOCK = frozenset(
    {"head", "style", "main", "section", "table", "tr", "ul", "svg", "g", "p"}
)
ZWNJ = "\u200c"
_ACTING = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))

Child: TypeAlias = "str | Element | None"
Children: TypeAlias = "Child | Iterable[Child]"
Value: TypeAlias = "str | int | float | None"


@dataclass(frozen=True, slots=True)
class Element:
    """An element; its name and the names of attributes are this program's own."""

    name: str
    attributes: tuple[tuple[str, str], ...]
    children: tuple["str | Element", ...]


def tag(name: str, /, *children: Children, **attributes: Value) -> Element:
    """Return an element; None is no child, and no attribute.

    `class_` is class, `stroke_width` stroke-width. Lengths are rounded to a tenth.
    """
    given = ((key, value) for key, value in attributes.items() if value is not None)
    pairs = tuple((_attribute(key), _value(value)) for key, value in given)
    return Element(name, pairs, tuple(_flat(children)))


def _attribute(key: str) -> str:
    return key.rstrip("_").replace("_", "-")


def _value(value: str | float) -> str:
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else str(value)


def _flat(children: Iterable[Children]) -> "Iterator[str | Element]":
    for child in children:
        if isinstance(child, str | Element):
            yield child
        elif child is not None:
            yield from _flat(child)


def written(element: Element) -> Iterator[str]:
    """Yield the element as text, in pieces.

    Raises ValueError for a style that would end before its end tag.
    """
    pairs = "".join(f' {key}="{_text(value)}"' for key, value in element.attributes)
    yield f"<{element.name}{pairs}>"
    if element.name in VOID:
        return
    for child in element.children:
        if isinstance(child, Element):
            yield from written(child)
        else:
            yield _style(child) if element.name == "style" else _text(child)
    yield f"</{element.name}>" + "\n" * (element.name in BLOCK)


def _text(text: str) -> str:
    return html.escape(clean(text))


def _style(text: str) -> str:
    if "</" in text:
        raise ValueError(text)
    return text


def clean(text: str) -> str:
    """Return a text with nothing in it that acts or hides; ZWNJ and line feeds stay."""
    if text.isprintable():
        return text
    return "".join(map(_clean, text))


def _clean(char: str) -> str:
    kept = char in {ZWNJ, "\n"} or unicodedata.category(char) not in _ACTING
    return char if kept else "\ufffd"
