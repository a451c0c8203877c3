"""The form of a rule: how one thing is written, with examples.

Rules are for linguists to review, so each stands alone: a name that says what it is
for, a pattern, and examples, which are run as tests (tests/recognise/test_rules.py):

    matches   "Nov 26 → --11-26": a text, and the value that this rule finds in it;
              "at ⟨1545⟩ → ?": in the text only the marked piece, of which a person
              must say the value; "not here": no value is asked of the rule
    rejects   "It weighs 26.11.": texts in which this rule finds nothing

Patterns are regular expressions without groups, for folded text (`text.fold`): digits
are ASCII there. Every repetition is bounded, or cannot be entered anew at the next
character, so that the time grows with the text.
"""

from collections.abc import Callable
from dataclasses import dataclass

Value = Callable[[str], str | None]
"""From a piece of folded text to its value.

"" for what is no such thing after all, None for what may be two.
"""


def in_doubt(_: str) -> None:
    """Return no value: a person must say what it is."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How a thing is written: `kind` is that of its span, "" for what is none.

    `begins` is the class of the characters that it can begin with, where one says it:
    nothing else need be tried.
    """

    name: str
    pattern: str
    kind: str = ""
    value: Value = in_doubt
    begins: str = ""
    matches: tuple[str, ...] = ()
    rejects: tuple[str, ...] = ()
