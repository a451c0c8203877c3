"""The form of a rule: one way of writing something, with examples.

A name that says its purpose, a pattern, and examples separated by " | ", run as tests
(tests/recognise/test_rules.py):

    Nov 26 → --11-26    the value that this rule finds in the text
    at ⟨1545⟩ → ?       only the marked piece; a person must give the value
    don't               a match without a value
    no: It weighs 26.   no match

Patterns are regular expressions without groups, for text after `text.fold_digits`. Each
repetition is bounded, or cannot restart at the next character: time is linear.
"""

from collections.abc import Callable
from typing import NamedTuple

from msgspec import Struct

_NO = "no: "


class SpanKind(NamedTuple):
    """The kind of a span, and the function from its text to its value.

    The value is "" if it is not of the kind after all, None if it is ambiguous. The
    kind is "" for matches that are no spans.
    """

    span: str
    value: Callable[[str], str | None]


NO_SPAN = SpanKind("", str)
DOUBT = SpanKind("NUMBER", lambda _: None)
"""A number or time; a person must give the value."""


class Rule(Struct, frozen=True):
    """One way of writing something.

    `begins` is the class of its first characters: the rule is tried only at these, and
    not inside a Latin or Urdu word, except at letters of `within`, for a zone or a
    minus (xUTC 14:30, xminus 5). `opens` matches wherever the rule does, and at few
    other places: it is tried first, once for adjacent rules, to discard most words and
    numbers quickly.
    """

    name: str
    pattern: str
    examples: str
    kind: SpanKind = NO_SPAN
    begins: str = ""
    within: str = ""
    opens: str = ""

    @property
    def matches(self) -> list[str]:
        return [each for each in self._examples() if not each.startswith(_NO)]

    @property
    def rejects(self) -> list[str]:
        every = self._examples()
        return [each.removeprefix(_NO) for each in every if each.startswith(_NO)]

    def _examples(self) -> list[str]:
        return self.examples.split(" | ") if self.examples else []
