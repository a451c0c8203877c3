"""The form of a rule: how one thing is written, with examples.

Rules are for linguists to review, so each stands alone: a name that says what it is
for, a pattern, and examples with " | " between them, which are run as tests
(tests/recognise/test_rules.py):

    Nov 26 → --11-26     the value that this rule finds in the text
    at ⟨1545⟩ → ?        only the marked piece, of which a person must say the value
    don't                a text that it finds something in, without a value
    no: It weighs 26.    a text in which this rule finds nothing

Patterns are regular expressions without groups, for text that went through
`text.fold_digits`. Every repetition is bounded, or cannot be entered again at the next
character, so that the time grows with the text.
"""

from collections.abc import Callable
from typing import NamedTuple

from msgspec import Struct

_NO = "no: "


class SpanKind(NamedTuple):
    """The kind of a span, and how a piece of text gives its value.

    The value is "" for what is no such thing after all, None for what may be two. The
    kind is "" for what is no span.
    """

    span: str
    value: Callable[[str], str | None]


NO_SPAN = SpanKind("", str)
DOUBT = SpanKind("NUMBER", lambda _: None)
"""A number, or a time, of which a person must say the value."""


class Rule(Struct, frozen=True):
    """A way in which one thing is written.

    `begins` is the class of the characters that it can begin with: at others it is not
    tried, nor where a word of Latin or Urdu letters goes on, but for letters that it
    can begin with `within` a word: of a zone, a minus (xUTC 14:30, xminus 5).

    `opens` is a pattern that fits wherever the rule does, and at few other places. It
    is tried first, once for rules that stand together, so that most words and numbers
    are told from times and dates at once.
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
        """The examples of what it finds."""
        return [each for each in self._examples() if not each.startswith(_NO)]

    @property
    def rejects(self) -> list[str]:
        """The texts in which it finds nothing."""
        every = self._examples()
        return [each.removeprefix(_NO) for each in every if each.startswith(_NO)]

    def _examples(self) -> list[str]:
        return self.examples.split(" | ") if self.examples else []
