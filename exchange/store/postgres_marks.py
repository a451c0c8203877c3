"""Placeholders for values, as PostgreSQL numbers them."""

import re
from functools import lru_cache

NAMED = re.compile(r"(?<![:\w]):(\w+)")


@lru_cache(maxsize=1_000)
def numbered(query: str) -> tuple[str, tuple[str, ...]]:
    """Replace `?` or `:name` by $1, $2; return the names.

    No statement of the store has such a character within a literal.
    """
    names = tuple(dict.fromkeys(NAMED.findall(query)))
    if names:
        return NAMED.sub(lambda one: f"${names.index(one[1]) + 1}", query), names
    first, *rest = query.split("?")
    marked = (f"${number}{part}" for number, part in enumerate(rest, 1))
    return first + "".join(marked), ()
