"""What a desk keeps: an encrypted database with everything it has opened.

    mailbox = Mailbox(home / "desk" / "mailbox.db", key)  # 32 bytes, keystore
    mailbox.on_change.append(lambda change: ...)  # in the writer's thread

    rows = mailbox.page(mailbox.count() - 39, 40)  # the list: by number
    numbers = mailbox.ids("is:unread prec:FLASH convoy")  # a filter, newest first
    numbers = mailbox.search("گاڑی")  # the text of all languages
    message = mailbox.read(mailbox.resolve("islamabad.pk#412"))  # or number, or name

Sending: first `enqueue` the sealed envelope and `put_message` it as `queued`, in one
transaction; then Submit what is `pending()`; then `sent` and `set_state(..., "local")`.

Watching: apply all that one WatchResponse brings together, so that a kill -9 at any
moment neither loses nor doubles anything:

    with mailbox.transaction():
        for arrival in response.arrivals:
            ...  mailbox.put_message(NewMessage(...))  / add_receipt / put_translation
            ...  mailbox.put_statement(origin, index, entry)
        mailbox.set_log_tree(origin, LogTree(edge.size, edge.hashes))
        mailbox.put_head(DeskHead(...))
        for old in mailbox.unsettled(origin, head.size):      # what the head now covers
            mailbox.set_state(old.number, "cosigned", now, by=cosigner)
        mailbox.set_cursor(node, last_number)

Everything may be called from any thread and by several processes. Reads see the last
commit and never wait for a writer; inside a transaction they see its own writes. One
thread writes at a time; a transaction stays in the thread that began it (no `await`
within). Writes outside of one make their own. All writes are idempotent.

Verify before you put: the mailbox checks no signature. What reads from it is text of a
partner and must still pass `tui.text.safe` on its way to a terminal.
"""

from exchange.desk.mailbox.asking import Filter
from exchange.desk.mailbox.bare_leaves import BareLeaf, BareLeaves
from exchange.desk.mailbox.drafts import Drafts
from exchange.desk.mailbox.finding import FOUND_MAX, Finding
from exchange.desk.mailbox.forms import (
    STATES,
    Change,
    DeskHead,
    Held,
    Kept,
    LogTree,
    Message,
    NewMessage,
    Queued,
    Translation,
    Unproven,
    Unsettled,
)
from exchange.desk.mailbox.keeping import Desktop, Logs
from exchange.desk.mailbox.memory import Memory
from exchange.desk.mailbox.missing_texts import MissingText, MissingTexts
from exchange.desk.mailbox.outbox import Outbox
from exchange.desk.mailbox.searches import Searches
from exchange.desk.mailbox.sources import Sources
from exchange.desk.mailbox.working import Working
from exchange.desk.records import NONE, Mark, Milestone, Receipt, Row, StoredDraft

__all__ = [
    "FOUND_MAX",
    "NONE",
    "STATES",
    "BareLeaf",
    "Change",
    "DeskHead",
    "Filter",
    "Held",
    "Kept",
    "LogTree",
    "Mailbox",
    "Mark",
    "Message",
    "Milestone",
    "MissingText",
    "NewMessage",
    "Queued",
    "Receipt",
    "Row",
    "StoredDraft",
    "Translation",
    "Unproven",
    "Unsettled",
]


class Mailbox(
    Finding,
    Searches,
    Sources,
    Working,
    Drafts,
    Memory,
    Outbox,
    Logs,
    BareLeaves,
    MissingTexts,
    Desktop,
):
    """The database of one desk; see the module for how to use it."""
