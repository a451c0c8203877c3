"""Every statement of the product is one of PostgreSQL 15, whichever is installed.

The parser is that server's own, as a library (pglast 5, for Python 3.11 alone).
"""

import sys
from itertools import chain

import pytest

from exchange.store.postgres_marks import numbered
from tests.postgres.statements import FILES, KNOWN, OF_A_FILE, ROOT, NotFollowed, Source

pytestmark = pytest.mark.skipif(
    sys.version_info >= (3, 12), reason="pglast 5 has no wheel for this Python"
)
SQLITE = (
    *(f"exchange/store/{name}.py" for name in sorted(OF_A_FILE)),
    "exchange/store/migrations/versions/",  # whose statements `upgrade` sends
    "exchange/audit/judge/id_index.py",
    "tests/benchmarks/sample_mailbox.py",
    "exchange/desk/mailbox/",
    "exchange/rebuild/",
    "exchange/report/",
)
"""Where nothing is sent to a server."""


def parse(statement: str) -> int:
    """Return how many statements the server reads; raise its ParseError."""
    import pglast  # noqa: PLC0415  see above

    return len(pglast.parse_sql(numbered(statement)[0]))


def test_postgresql_15_takes_each_statement() -> None:
    import pglast  # noqa: PLC0415  see above

    refused = []
    for place, statement in Source(FILES).statements():
        try:
            assert parse(statement), place
        except pglast.parser.ParseError as error:
            refused.append(f"{place}\n{error}: {statement}")

    assert not refused, "\n".join(refused)


def test_it_refuses_what_only_a_newer_one_takes() -> None:
    import pglast  # noqa: PLC0415  see above

    asked = "SELECT by FROM (SELECT by FROM refusal LIMIT ?)"
    assert parse(f"{asked} AS newest") == 1
    with pytest.raises(pglast.parser.ParseError, match="must have an alias"):
        parse(asked)


def test_all_ways_to_a_server_are_followed() -> None:
    """Of each engine's ways one; and nothing else of the product sends any."""
    found = {statement for _, statement in Source(FILES).statements()}
    for begin in (
        "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;",
        'COPY "entry" FROM STDIN',
        "CREATE TABLE refusal (",
        "CREATE FUNCTION only_grows()",
        'INSERT INTO "entry" VALUES (?, ?)',
        "LISTEN ",
        "SELECT pg_terminate_backend(pid)",
        "SELECT tablename, indexname FROM pg_indexes",
        'SELECT "x", "x" FROM "entry" WHERE "log" = ?',
    ):
        assert any(one.lstrip().startswith(begin) for one in found), begin

    read = {path.relative_to(ROOT).as_posix() for path in FILES}
    for path in chain(*(ROOT.glob(f"{one}/**/*.py") for one in ("exchange", "tui"))):
        name = path.relative_to(ROOT).as_posix()
        sends = any(
            f".{one}(" in path.read_text() for one in ("execute", "executemany")
        )
        assert not sends or name in read or name.startswith(SQLITE), name


def test_what_cannot_be_followed_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "tests.postgres.statements.KNOWN",
        {key: texts for key, texts in KNOWN.items() if key != "equal_rows: where"},
    )
    with pytest.raises(NotFollowed, match=r"equal_rows\.py:\d+: where"):
        list(Source(FILES).statements())
