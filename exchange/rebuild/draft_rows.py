"""Drafts of own desks, taken over into a new database."""

from collections.abc import Iterator

from exchange.rebuild.old_rows import OldRows
from exchange.rebuild.stored_envelope import parse_bare, parse_whole
from exchange.store import Store
from exchange.store.drafts import EMERGENCY, RELEASED, WAITING, StoredDraft


def take_drafts(rows: OldRows, store: Store, own: str) -> Iterator[str]:
    """Take over drafts as they were written; yield what each lost one is called.

    What was let out in an emergency the own log, `own`, has said again; and what was
    released stands there, whatever its row says.
    """
    for row, valid in rows.summed("draft"):
        if row["state"] == EMERGENCY:
            continue
        parse = parse_whole if row["state"] == WAITING else parse_bare
        parsed = parse(row["envelope"])
        if not valid or parsed is None or parsed.name != row["name"]:
            yield "draft"
            continue
        del row["sum"]
        held = StoredDraft(**row)
        if held.state == RELEASED or not store.entries.known_names(own, [held.name]):
            store.drafts.keep([held])
