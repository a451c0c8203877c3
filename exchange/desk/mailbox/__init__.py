"""The mailbox of a desk: an encrypted database of everything it has opened.

    mailbox = Mailbox(home / "desk" / "mailbox.db", key)  # 32 bytes, keystore
    mailbox.database.on_change.append(lambda change: ...)  # in the writer's thread

    messages, search = mailbox.messages, mailbox.search
    rows = messages.page(mailbox.database.count() - 39, 40)  # the list: by number
    numbers = search.ids("is:unread prec:FLASH convoy")  # a filter, newest first
    numbers = search.text("گاڑی")  # the text of all languages
    message = messages.read(search.resolve("islamabad.pk#412"))  # or number, or name

Safe from any thread and from several processes. Reads see the last commit and never
wait for a writer; inside a transaction they see its own writes. One thread writes at a
time; a transaction stays in the thread that began it (no `await` within). A write
outside a transaction makes its own.

Verify before you put: the mailbox checks no signature. Text read from it is a partner's
and must pass `tui.text.safe_text` on its way to a terminal.

The parts, each beside the module of its name; imports go down:

    search                 messages by words, conditions and names: `filters` parses
                           them, `query_plan` and `index_terms` query by them
    messages               the list, the reader, the states of a message;
                           `message_row` makes the list row of a new one
    list_facts, answers    list columns that are not in the message rows
    receipts, translations receipts and translations of messages
    erasure                erases texts for good
    indexer                fills the tables beside `message`
    obligations, countersignatures, movements, pending_translations
                           work still to be done
    board_rows             the rows of a board of the corridor
    folded_threads         threads as a list folds them
    references             references between messages
    translation_memory     pairs of texts
    outbox, releases, logs, bare_leaves, missing_texts, newer_texts, early_notes
                           exchange with the own node
    answer_logs            the log of each receipt and translation, if any
    desk_numbers           counters of bulletins between this desk and others
    address_groups, drafts, templates, settings, saved_searches, sources,
    handovers
                           the desk's own
    database               the file, its connections and its transactions
    records, schema        the records in and out, and the tables
"""

from pathlib import Path

from exchange.desk.mailbox.address_groups import AddressGroups
from exchange.desk.mailbox.answer_logs import AnswerLogs
from exchange.desk.mailbox.answers import Answers
from exchange.desk.mailbox.bare_leaves import BareLeaf, BareLeaves
from exchange.desk.mailbox.board_rows import BoardRows
from exchange.desk.mailbox.countersignatures import Countersignatures
from exchange.desk.mailbox.database import MailboxDatabase
from exchange.desk.mailbox.desk_numbers import DeskNumbers
from exchange.desk.mailbox.drafts import Drafts
from exchange.desk.mailbox.early_notes import EarlyNotes
from exchange.desk.mailbox.erasure import TextEraser
from exchange.desk.mailbox.filters import Filter
from exchange.desk.mailbox.folded_threads import FoldedThreads
from exchange.desk.mailbox.handovers import Handovers
from exchange.desk.mailbox.indexer import Indexer
from exchange.desk.mailbox.list_facts import ListFacts
from exchange.desk.mailbox.logs import KnownLogs
from exchange.desk.mailbox.messages import Messages
from exchange.desk.mailbox.missing_texts import AwaitedTexts, MissingText
from exchange.desk.mailbox.movements import Movements
from exchange.desk.mailbox.newer_texts import NewerTexts
from exchange.desk.mailbox.obligations import Obligations
from exchange.desk.mailbox.outbox import Outbox
from exchange.desk.mailbox.pending_translations import PendingTranslations
from exchange.desk.mailbox.receipts import Receipts
from exchange.desk.mailbox.records import (
    STATES,
    AwaitedRelease,
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
from exchange.desk.mailbox.references import References
from exchange.desk.mailbox.releases import Releases
from exchange.desk.mailbox.saved_searches import SavedSearches
from exchange.desk.mailbox.search import FOUND_MAX, Search
from exchange.desk.mailbox.settings import Settings
from exchange.desk.mailbox.sources import SourceRegister
from exchange.desk.mailbox.templates import Templates
from exchange.desk.mailbox.translation_memory import Memory
from exchange.desk.mailbox.translations import Translations
from exchange.desk.records import NONE, Mark, Milestone, Receipt, Row, SavedDraft

__all__ = [
    "FOUND_MAX",
    "NONE",
    "STATES",
    "AwaitedRelease",
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
    "SavedDraft",
    "Translation",
    "Unproven",
    "Unsettled",
]


class Mailbox:
    def __init__(self, path: Path, key: bytes) -> None:
        """Raise Refusal(DATABASE), as `MailboxDatabase` does."""
        db = self.database = MailboxDatabase(path, key)
        references = self.references = References(db)
        self.folded_threads = FoldedThreads(db)
        indexer = Indexer(db, references, self.folded_threads)
        self.translations = Translations(db, indexer)
        self.receipts = Receipts(db, indexer)
        newer = self.newer_texts = NewerTexts(db)
        self.messages = Messages(db, indexer, self.translations, self.receipts, newer)
        self.list_facts = ListFacts(db)
        self.answers = Answers(db)
        self.countersignatures = Countersignatures(db)
        self.obligations = Obligations(db, references)
        self.movements = Movements(db)
        self.board = BoardRows(db)
        self.pending_translations = PendingTranslations(db, references)
        self.search = Search(
            db, references, self.obligations, self.movements, self.pending_translations
        )
        self.memory = Memory(db, references)
        self.erasure = TextEraser(db, indexer, self.translations, self.memory)
        self.outbox = Outbox(db, self.receipts)
        self.releases = Releases(db)
        self.answer_logs = AnswerLogs(db)
        self.logs = KnownLogs(db, self.answer_logs)
        self.bare_leaves = BareLeaves(db)
        self.missing_texts = AwaitedTexts(db)
        self.early_notes = EarlyNotes(db)
        self.numbers = DeskNumbers(db)
        self.drafts = Drafts(db)
        self.address_groups = AddressGroups(db)
        self.saved_searches = SavedSearches(db)
        self.handovers = Handovers(db)
        self.settings = Settings(db)
        self.sources = SourceRegister(db)
        self.templates = Templates(db)

    def close(self) -> None:
        self.database.close()
