"""Every screen and box of the terminal, over a desk whose every text is hostile.

A new screen adds its line to OPEN: the tests of sizes, of hostile text, of contrast and
of what leaves for the terminal then hold for it too.
"""

import asyncio
import dataclasses
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import fields, is_dataclass
from typing import Any, cast

from google.protobuf.message import Message
from msgspec import Struct
from msgspec.structs import replace
from textual.screen import Screen

from exchange.browsed_logs import Progress
from exchange.desk.directory_records import DeskEntry, DutyPost
from exchange.desk.fold_records import FoldedAnswer
from exchange.desk.home_records import FirstRunStep, SetupState
from exchange.desk.link_records import Failure, Waiting
from exchange.desk.records import NONE
from exchange.desk.status_records import SentDesk, SentRow
from exchange.limits import DAY
from tests.tui import boards
from tests.tui.examples import (
    HOSTILE,
    NOW,
    links,
    node_link,
    receipt,
    remark,
    review,
    status,
)
from tests.tui.fake_desk import FakeDesk
from tests.tui.screens.test_audit import Hostile
from tests.tui.screens.test_dialogs import mist, sites
from tests.tui.screens.test_first_run import Partner
from tests.tui.screens.test_handover import desk as with_duties
from tests.tui.screens.test_key_screen import Cabinet, line
from tests.tui.screens.test_release import signed
from tests.tui.screens.test_translate import desk as translating
from tests.tui.screens.test_translate import written
from tests.tui.test_form import filled
from tui.app import Terminal
from tui.drafts import Slot
from tui.form import Reference
from tui.paragraph import Paragraph
from tui.screens.acknowledge import Acknowledge
from tui.screens.acknowledge_many import AcknowledgeMany
from tui.screens.audit import AuditScreen
from tui.screens.audit_log import AuditHeads, AuditLog
from tui.screens.audit_work import AuditWork
from tui.screens.back_translation import Blind, Compare
from tui.screens.board import BoardScreen
from tui.screens.board_bulletins import Behind
from tui.screens.compose import Compose
from tui.screens.dialogs import Ask
from tui.screens.directory import DirectoryScreen, GroupsScreen
from tui.screens.drafts import DraftsScreen
from tui.screens.first_run import FirstRunScreen
from tui.screens.handover import Duty
from tui.screens.help import Help
from tui.screens.keys import KeyPage, Keys
from tui.screens.letter_box import LetterBox
from tui.screens.link import LinkScreen
from tui.screens.pairing import PairingScreen
from tui.screens.paragraph_editor import Write
from tui.screens.passphrase import Passphrase
from tui.screens.previews import previews
from tui.screens.recall import Recall
from tui.screens.receipt import ReceiptPage
from tui.screens.release import Release
from tui.screens.release_queue import Queue
from tui.screens.reveal import box as reveal_box
from tui.screens.review import Sending
from tui.screens.review_page import ReviewPreview
from tui.screens.safety_number import SafetyNumber
from tui.screens.saved_searches import Saved
from tui.screens.sent import SentScreen
from tui.screens.settings import SettingsScreen
from tui.screens.shift_handover import HandoverPage, HandoversPage
from tui.screens.signed_bytes import RawScreen
from tui.screens.template_box import TemplateBox
from tui.screens.thread import ThreadScreen
from tui.screens.translate import Translate
from tui.screens.translation_queue import TranslationQueue
from tui.screens.verify import Verify
from tui.screens.voice import Voice
from tui.text.terminal import own_order
from tui.widgets.page import Text

CODES = frozenset(
    {
        *("kind", "precedence", "mode", "state", "verdict", "lang", "standing", "name"),
        *("what", "relation", "code", "tlp", "id", "language", "role", "action"),
        *("sort", "stop", "lane", "envelope", "settings"),
    }
)
"""Fields that the desk itself fills from closed lists."""


def poison(made: Any, field: str = "") -> Any:  # noqa: ANN401, PLR0911 - any record
    """Return a record with hostile text behind each text of it, but for CODES."""
    if field in CODES:
        return made
    if isinstance(made, str):
        return f"{made} {HOSTILE}" if made else made
    if isinstance(made, Message):
        return _poison_message(made)
    if isinstance(made, Struct):
        return replace(
            made,
            **{f: poison(getattr(made, f), f) for f in made.__struct_fields__},
        )
    if is_dataclass(made) and not isinstance(made, type):
        new = {
            one.name: poison(getattr(made, one.name), one.name)
            for one in fields(made)
            if one.init
        }
        return dataclasses.replace(made, **new)
    if isinstance(made, tuple) and hasattr(made, "_fields"):
        return type(made)(*(poison(getattr(made, f), f) for f in made._fields))
    if isinstance(made, (tuple, list)):
        return type(made)(poison(one) for one in made)
    if isinstance(made, Mapping):
        return {key: poison(one) for key, one in made.items()}
    return made


def _poison_message(made: Message) -> Message:
    """Poison the prose of a content; codes, values and languages stay."""
    copy = type(made)()
    copy.CopyFrom(made)
    for segment in (getattr(copy, "subject", None), *getattr(copy, "segments", ())):
        with suppress(AttributeError):
            segment.text = f"{segment.text} {HOSTILE}"
    return copy


def hostile_desk(**more: object) -> FakeDesk:
    """Return a desk of which everything that comes from outside is hostile."""
    made = with_duties(**more)
    made.bulletins = poison(made.bulletins)
    made.sections = poison(made.sections)
    made.steps = poison(made.steps)
    made.state = poison(status())
    evil = node_link(name=HOSTILE, reason=HOSTILE, emcon=HOSTILE, up=False)
    made.report = links(
        own=node_link(name=HOSTILE),
        partners=(evil,),
        waiting=(Waiting("local", HOSTILE),),
        failure=Failure(HOSTILE, NOW),
        suspended=(HOSTILE,),
    )
    post = DutyPost(HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE, (HOSTILE,))
    made.known = [
        DeskEntry(HOSTILE, HOSTILE, agency=HOSTILE, posts=(post,), heard_at=NOW + DAY)
    ]
    made.saved_groups = {HOSTILE: (HOSTILE, "ops.beijing.cn")}
    translated = FoldedAnswer(b"t", "TRANSLATES", (HOSTILE,), NOW, HOSTILE, HOSTILE)
    addressed = SentDesk(HOSTILE, HOSTILE, NOW, HOSTILE)
    made.sent_rows = [SentRow(made.row(1), (addressed,), [translated])]
    made.queue = [poison(signed(1))]
    made.saved = {f"saved {HOSTILE}": HOSTILE}
    made.kept_templates = {HOSTILE: HOSTILE}
    form = filled()
    form.prose[0].text = HOSTILE
    form.references = [Reference("ANSWERS", made.row(2).name.hex())]
    made.abouts = {made.row(2).name: made.row(2)}
    made.draft = HOSTILE
    made.save_draft(NONE, form.keep())
    return made


def _review(desk: FakeDesk) -> Sending:
    draft = poison(filled().draft())
    made = poison(review(draft))
    return Sending(desk, draft, ReviewPreview(made, previews(made)), Slot(desk))


def _release(desk: FakeDesk) -> Release:
    one = desk.queue[0]
    return Release(desk, one, ReviewPreview(one.review, previews(one.review)))


def _receipt(desk: FakeDesk) -> ReceiptPage:
    said = poison(receipt("CANNOT_COMPLY", said=remark("No.", "NO_ASSET")))
    desk.changed[3] = replace(desk.read(3), receipts=[said])
    return ReceiptPage(desk, 3, said.name)


def _translate(_: FakeDesk) -> Screen[Any]:
    desk = translating()
    return Translate(desk, poison(desk.read(1)), written(desk))


def _work(tell: Progress) -> list[Text]:
    tell(HOSTILE, 1, 2)
    return [Text(HOSTILE, "")]


def _bench() -> Any:  # noqa: ANN401 - a FakeBench
    return written(translating())


class Unmade:
    """A home that is yet to be made, in a folder with a hostile name."""

    pairing = Partner()

    def look(self) -> SetupState:
        return SetupState(FirstRunStep.SORT, HOSTILE, fault=HOSTILE)


Opening = Callable[[Terminal, FakeDesk], "Screen[Any] | None"]
LOG = Hostile().logs()[0]
OPEN: dict[str, Opening] = {
    "Bulletins": lambda _, __: None,
    "Acknowledge": lambda _, desk: Acknowledge(desk, desk.read(3)),
    "Recall": lambda _, desk: Recall(desk, desk.read(1)),
    "SignBox": lambda _, desk: reveal_box(desk, desk.read(3), HOSTILE),
    "Verify": lambda _, desk: Verify(desk, 3),
    "ThreadScreen": lambda _, desk: ThreadScreen(desk, 3, 3),
    "ReceiptPage": lambda _, desk: _receipt(desk),
    "RawScreen": lambda _, desk: RawScreen(desk, desk.read(3)),
    "Duty": lambda _, desk: Duty(desk),
    "Queue": lambda _, desk: Queue(desk, lambda: NOW),
    "Release": lambda _, desk: _release(desk),
    "Sending": lambda _, desk: _review(desk),
    "Compose": lambda _, desk: Compose(desk, poison(filled().draft())),
    "DraftsScreen": lambda _, desk: DraftsScreen(desk, lambda: NOW, []),
    "Saved": lambda _, desk: Saved(desk, HOSTILE),
    "SettingsScreen": lambda app, __: SettingsScreen(app.setting),
    "Help": lambda app, __: Help(app.screen.active_bindings),
    "LinkScreen": lambda _, desk: LinkScreen(desk),
    "BoardScreen": lambda _, __: BoardScreen(poison_board(), lambda: NOW),
    "Behind": lambda _, desk: Behind(desk, [1, 2, 3]),
    "AuditScreen": lambda _, __: AuditScreen(Hostile()),
    "AuditLog": lambda _, __: AuditLog(Hostile(), LOG),
    "AuditHeads": lambda _, __: AuditHeads(Hostile(), LOG),
    "AuditWork": lambda _, __: AuditWork(HOSTILE, _work),
    "Translate": lambda _, desk: _translate(desk),
    "Blind": lambda _, desk: Blind(desk, 1, _bench(), "en"),
    "Compare": lambda _, __: Compare(_bench()),
    "DirectoryScreen": lambda _, desk: DirectoryScreen(desk, lambda: NOW),
    "GroupsScreen": lambda _, desk: GroupsScreen(desk),
    "SentScreen": lambda _, desk: SentScreen(desk),
    "TranslationQueue": lambda _, desk: TranslationQueue(desk, lambda: NOW),
    "HandoversPage": lambda _, desk: HandoversPage(desk),
    "HandoverPage": lambda _, desk: HandoverPage(
        desk, desk.prepare_handover("duty-2"), by_token=False
    ),
    "Keys": lambda _, __: Keys(Cabinet(), None, HOSTILE, lambda: NOW),
    "KeyPage": lambda _, __: KeyPage(line("author"), NOW, lambda *_: None, here=True),
    "Voice": lambda _, desk: Voice(desk, 3),
    "AcknowledgeMany": lambda _, desk: AcknowledgeMany(desk, [desk.read(3)]),
    "SafetyNumber": lambda _, __: SafetyNumber(HOSTILE, "12345 67890", HOSTILE),
    "PairingScreen": lambda _, __: PairingScreen(Partner()),
    "FirstRunScreen": lambda _, __: FirstRunScreen(cast("Any", Unmade())),
    "TemplateBox": lambda _, desk: TemplateBox(desk, filled()),
    "LetterBox": lambda _, desk: LetterBox("", {"a": desk.read(3).row}),
    "Pick": lambda _, __: sites([HOSTILE]),
    "Ask": lambda _, __: Ask("Ask", HOSTILE, "hint", [Text(HOSTILE, "")]),
    "Table": lambda _, __: mist([HOSTILE]),
    "Write": lambda _, __: Write(
        "Text 1", Paragraph.new("ur", HOSTILE), 4000, lambda: None, lambda: False
    ),
    "Passphrase": lambda _, __: Passphrase(HOSTILE),
}
"""Screen by its class -> what makes it, or nothing where it is the first one."""
ASIDE = {
    "KindPick": "Pick",
    "SeenPick": "Pick",
    "NewPassphrase": "Passphrase",
    "TokenPin": "Passphrase",
    "Leaving": "Pick",
    "Value": "Ask",
    "Digits": "Ask",
    "SignAgain": "SignBox",
    "LineBox": "Table",
    "TimeBox": "Ask",
}
"""Boxes that draw what another does, through the same code."""


def poison_board() -> FakeDesk:
    """Return a desk with a board that hostile bulletins are on."""
    made = boards.desk()
    made.boards = poison(made.boards)
    return made


class Walk(Terminal):
    """The terminal, which shows each screen for a moment and then ends."""

    def on_ready(self) -> None:
        """Begin."""
        self.run_worker(self._walk())

    async def _walk(self) -> None:
        await asyncio.sleep(1)
        for make in OPEN.values():
            if made := make(self, cast("FakeDesk", self.desk)):
                self.push_screen(made)
                await asyncio.sleep(0.3)
                self.pop_screen()
        self.exit()


def main() -> None:
    with own_order() as switch:
        Walk(hostile_desk(), lambda: NOW, switch=switch).run()


if __name__ == "__main__":
    main()
