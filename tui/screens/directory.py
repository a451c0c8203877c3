"""Directory: every desk with its duty roster, and address groups.

Roles and posts alone: a LIAISON contains no names.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar

from textual import on
from textual.binding import BindingType

from exchange.bulletin.codes import label as code_label
from exchange.bulletin.punctuation import AMONG, COLON
from exchange.desk.directory_records import DeskEntry, DutyPost
from exchange.desk.outgoing.address_groups import MARK
from exchange.desk.records import AddressGroup
from exchange.errors import FusionError
from exchange.limits import GROUP_NAME_MAX
from exchange.words import word
from exchange.words.ages import ago
from tui.desk import Desk
from tui.keys import bind
from tui.screens.choice_screen import ChoiceScreen
from tui.screens.dialogs import Ask, Pick
from tui.times import stamp
from tui.widgets.choices import BETWEEN, Choices, Entry, heading
from tui.widgets.page import Item, Text
from tui.words import lang, say
from tui.workers import ask_desk, error_line


def desk_entries(desks: Sequence[DeskEntry], now: int) -> Iterator[Entry]:
    nation = ""
    for number, one in enumerate(desks, 1):
        if one.nation != nation:
            nation = one.nation
            yield heading(code_label("domain", nation, lang()))
        yield Entry(number, [*_desk_items(one, now)])


def _desk_items(one: DeskEntry, now: int) -> Iterator[Item]:
    heard = say("never heard")
    if one.heard_at:
        heard = say("last heard {time}").format(time=stamp(one.heard_at))
        if now >= one.heard_at:
            said = say("{said}, {age}")
            heard = said.format(said=heard, age=ago(now - one.heard_at))
    parts = [one.desk, one.agency, say("this desk") if one.own else heard]
    yield Text(BETWEEN.join(filter(None, parts)), lang(), "subject")
    if not one.sealable and not one.own:
        told = say("It cannot receive bulletins: it has no valid key.")
        yield Text(told, lang(), "bad")
    for post in one.posts:
        yield Text(_post(post), lang(), gutter=True)
    if one.roster_at:
        told = say("duty roster of {time}").format(time=stamp(one.roster_at))
        yield Text(told, lang(), "dim")
    else:
        yield Text(say("No duty roster (LIAISON) that is valid."), lang(), "dim")


def _post(post: DutyPost) -> str:
    here = lang()
    colon = COLON[here]
    parts = [post.post, post.role, post.shift]
    if post.channel:
        parts.append(f"{say('reach by')}{colon}{post.channel}")
    if post.deputy:
        parts.append(f"{say('deputy')}{colon}{post.deputy}")
    if post.languages:
        parts.append(AMONG[here].join(post.languages))
    return BETWEEN.join(filter(None, parts))


class DirectoryScreen(ChoiceScreen[int]):
    """Every desk; ends with a LIAISON to open, or None.

    The cursor starts on the desk of LIAISON `at`; 0: on the first.
    """

    HEAD = "Directory"
    KEYS: ClassVar = (
        ("↵", word("open")),
        ("i", word("address groups")),
        ("Esc", word("back")),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("i,f2", "groups", "Address groups: desks addressed together", "i"),
    ]

    def __init__(self, desk: Desk, now: Callable[[], int], at: int = 0) -> None:
        super().__init__()
        self.desk, self.now, self._begin_at = desk, now, at
        self._desks: Sequence[DeskEntry] = ()

    def on_mount(self) -> None:
        self.renew()

    def relabel(self) -> None:
        self.put_head()
        self.renew()

    def renew(self) -> None:
        ask_desk(self, self.desk.directory, self._show, newest_of="directory")

    def _show(self, desks: Sequence[DeskEntry]) -> None:
        self._desks = desks
        page = self.choices
        liaisons = [one.liaison for one in desks]
        begin = liaisons.index(self._begin_at) + 1 if self._begin_at in liaisons else 0
        at = page.chosen.number if page.chosen else begin
        page.choose_from([*desk_entries(desks, self.now())], at)

    @on(Choices.Chosen)
    def _chosen(self, event: Choices.Chosen) -> None:
        liaison = self._desks[event.entry.number - 1].liaison
        if liaison:
            self.dismiss(liaison)
        else:
            told = say("This desk has no duty roster (LIAISON) that is valid.")
            self.notify(told, markup=False)

    def action_groups(self) -> None:
        self.app.push_screen(GroupsScreen(self.desk))


def group_entries(
    groups: Sequence[AddressGroup], known: Sequence[str]
) -> Iterator[Entry]:
    here = lang()
    for number, one in enumerate(groups, 1):
        gone = [desk for desk in one.desks if desk not in known]
        items: list[Item] = [
            Text(f"{MARK}{one.name}", here, "subject"),
            Text(AMONG[here].join(one.desks), "en", gutter=True),
        ]
        if not one.desks:
            told = say("No desk: a bulletin cannot be sent to this group.")
            items[1:] = [Text(told, here, "bad")]
        for desk in gone:
            told = say("{desk} is in no directory any more; take it out.")
            items.append(Text(told.format(desk=desk), here, "bad"))
        yield Entry(number, items)


class GroupsScreen(ChoiceScreen[None]):
    HEAD = "Address groups"
    KEYS: ClassVar = (
        ("↵", word("change")),
        ("+", word("new group")),
        ("Del", word("delete")),
        ("Esc", word("back")),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("+,insert,f3", "add", "Make an address group", "+"),
        bind("delete,backspace", "delete", "Delete the address group", "Del"),
    ]

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self._groups: Sequence[AddressGroup] = ()
        self._known: Sequence[str] = ()

    def on_mount(self) -> None:
        self._do(lambda: None)

    def _do(self, step: Callable[[], None]) -> None:
        def work() -> tuple[Sequence[AddressGroup], Sequence[str]]:
            step()
            known = [one.desk for one in self.desk.directory()]
            return self.desk.address_groups(), known

        ask_desk(self, work, self._show, self._refused)

    def _show(self, found: tuple[Sequence[AddressGroup], Sequence[str]]) -> None:
        self._groups, self._known = found
        none = [heading(say("No address group is kept yet."), "dim")]
        entries = [*group_entries(self._groups, self._known)] or none
        at = self.choices.chosen
        self.choices.choose_from(entries, at.number if at else 1)

    def _refused(self, error: FusionError) -> None:
        self.notify(error_line(error), severity="error", markup=False)

    @on(Choices.Chosen)
    def _chosen(self, event: Choices.Chosen) -> None:
        group = self._groups[event.entry.number - 1]
        self._pick(group.name, group.desks)

    def _pick(self, name: str, desks: Sequence[str]) -> None:
        def take(choice: list[str] | None) -> None:
            if choice is not None:
                self._do(lambda: self.desk.save_group(name, choice))

        on_offer = {desk: desk for desk in self._known}
        box = Pick(f"{MARK}{name}", on_offer, [*desks], many=True)
        self.app.push_screen(box, take)

    def action_add(self) -> None:
        def named(name: str | None) -> None:
            if name and name.strip():
                held = [one.desks for one in self._groups if one.name == name.strip()]
                self._pick(name.strip(), held[0] if held else ())

        hint = say("at most {n} characters").format(n=GROUP_NAME_MAX)
        self.app.push_screen(Ask(word("Name of the group"), "", hint), named)

    def action_delete(self) -> None:
        if seen := self.choices.seen_entry:
            name = self._groups[seen.number - 1].name
            self._do(lambda: self.desk.drop_group(name))
