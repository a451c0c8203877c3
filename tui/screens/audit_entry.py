"""One log entry, verified step by step on opening."""

from collections.abc import Sequence

from exchange.browsed_logs import BrowsedEntry, LogShelf, Progress
from exchange.words import word
from tui.screens.audit_work import AuditWork
from tui.screens.verify import reason_text, step_items, summary
from tui.times import stamp
from tui.widgets.page import Item, Pair, Text
from tui.words import lang, say

ACCEPTED = "ACCEPTED"
KINDS = {
    "BULLETIN": word("bulletin"),
    "TRANSLATION": word("translation"),
    "RECEIPT": word("signed receipt"),
    "RECALL": word("recall"),
    "DIRECTORY": word("statement of a nation"),
    "HEAD": word("beginning of a log"),
}
TITLE = word("Entry, verified step by step")


def kind_word(entry: BrowsedEntry) -> str:
    known = KINDS.get(entry.kind, entry.kind)
    return say(known or word("not well formed"))


def verdict_words(entry: BrowsedEntry) -> str:
    if entry.verdict == ACCEPTED:
        return say("accepted")
    return reason_text(entry.verdict) if entry.verdict else say("not judged here yet")


def entry_pairs(origin: str, entry: BrowsedEntry) -> Sequence[Item]:
    here = lang()
    rows = (
        (word("Place"), f"{origin}#{entry.index}"),
        (word("Kind"), kind_word(entry)),
        (word("Filed"), stamp(entry.filed)),
        (word("Author"), entry.author or say("unknown signer")),
        (word("Verdict"), verdict_words(entry)),
        (word("Name"), entry.name.hex()),
    )
    return [
        Pair(say(title), value, "en", "", here)
        for title, value in rows
        if value.strip()
    ]


def entry_screen(shelf: LogShelf, origin: str, entry: BrowsedEntry) -> AuditWork:
    def verify(tell: Progress) -> Sequence[Item]:
        steps = shelf.steps(origin, entry.index, tell)
        judged = next(iter(shelf.entries(origin, entry.index, 1)), entry)
        items = [item for step in steps for item in step_items(step)]
        blank = Text("", "")
        return [summary(steps), blank, *entry_pairs(origin, judged), blank, *items]

    return AuditWork(TITLE, verify)
