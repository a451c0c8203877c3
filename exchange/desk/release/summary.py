"""What an officer signs as a releaser, in lines of the language in use.

By the signed header alone: what it says is what his signature covers.
"""

from collections.abc import Iterator

from exchange import envelope
from exchange.bulletin.facts import header_facts, line
from exchange.words import lang, say


def summary_lines(entry: bytes) -> Iterator[str]:
    """Yield the name of an entry, then precedence, label, desks and times."""
    parsed = envelope.split(entry)
    yield say("name: {name}", name=parsed.name.hex())
    for fact in header_facts(parsed.core, lang()):
        yield line(fact, lang())
