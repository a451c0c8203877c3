"""The tables, indexes and triggers of tables.py as an engine's statements."""

from collections.abc import Iterator

from sqlalchemy import DDL, Dialect
from sqlalchemy.schema import CreateIndex, CreateTable, ExecutableDDLElement

from exchange.store.record import Trigger
from exchange.store.tables import RECORDS

MESSAGE = "the ledger only grows"
ABORT = f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
RAISE = f"RAISE EXCEPTION '{MESSAGE}'"
FUNCTION = (
    "CREATE FUNCTION {}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {}; END $$"
)


def definitions(dialect: Dialect) -> Iterator[ExecutableDDLElement]:
    server = dialect.name == "postgresql"
    if server:
        yield _statement(FUNCTION.format("only_grows", RAISE))
    for record in RECORDS:
        yield CreateTable(record.table())
        for index in sorted(record.table().indexes, key=lambda one: str(one.name)):
            yield CreateIndex(index)
    for record in RECORDS:
        for trigger in record.triggers:
            yield from map(_statement, _trigger(record.title(), trigger, server=server))


def _statement(text: str) -> ExecutableDDLElement:
    return DDL(text)  # type: ignore[no-untyped-call]  # SQLAlchemy's


def _trigger(table: str, trigger: Trigger, *, server: bool) -> Iterator[str]:
    """Yield a trigger; on a server it needs a function.

    A trigger's condition in PostgreSQL cannot read another table.
    """
    happens = f"CREATE TRIGGER {trigger.name} BEFORE {trigger.verb} ON {table}"
    when = f" WHEN ({trigger.when})" if trigger.when else ""
    if not server:
        yield f"{happens}{when} {ABORT}"
    elif trigger.looks:
        body = f"IF {trigger.when} THEN {RAISE}; END IF; RETURN NEW"
        yield FUNCTION.format(f"{trigger.name}_check", body)
        yield f"{happens} FOR EACH ROW EXECUTE FUNCTION {trigger.name}_check()"
    else:
        yield f"{happens} FOR EACH ROW{when} EXECUTE FUNCTION only_grows()"
