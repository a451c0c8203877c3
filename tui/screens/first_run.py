"""The first run: makes a home step by step, and resumes from the files on disk."""

from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen

from exchange.bulletin.punctuation import COLON
from exchange.desk.home_records import (
    JOIN,
    NEW,
    FirstRunStep,
    SeenBundle,
    Setup,
    SetupState,
)
from exchange.errors import FusionError, Refusal
from exchange.words import word
from tui import words
from tui.keys import bind
from tui.screens.dialogs import Ask
from tui.screens.pairing import PairingScreen
from tui.screens.passphrase import NewPassphrase
from tui.screens.safety_number import TAKE, SafetyNumber
from tui.text.safe_text import safe
from tui.widgets.bar import Bar, BarPart, KeyLine
from tui.widgets.choices import Choices, Entry
from tui.widgets.page import Text
from tui.words import LANGUAGES, join_words, label, lang, say
from tui.workers import ask_desk, ask_to_open, error_line, notify_error

TITLES = {
    FirstRunStep.LANGUAGE: word("Language"),
    FirstRunStep.SORT: word("Set up on this machine"),
    FirstRunStep.NAMES: word("Names"),
    FirstRunStep.MAKE: word("Passphrase and keys"),
    FirstRunStep.ANSWER: word("Enrolment by the nation"),
    FirstRunStep.PARTNER: word("Pairing with the partner"),
    FirstRunStep.NODE: word("The node"),
    FirstRunStep.DONE: word("Done"),
}
NODE, DESK, OFFICER, LISTEN = "node", "desk", "officer", "listen"
FIELDS = {
    NODE: (word("Node"), word("its nation behind the last dot, as islamabad.pk")),
    DESK: (word("Desk"), word("as ops; a desk alone in full, as ops.islamabad.pk")),
    OFFICER: (word("Officer"), word("as duty-1; as duty-1:releaser to release too")),
    LISTEN: (word("Address"), word("at which partners call the node, as HOST:7443")),
}
OPTIONS = {
    "--node": NODE,
    "--desk": DESK,
    "--officer": OFFICER,
    "--address": LISTEN,
    "--listen": LISTEN,
}
"""Option named by an error of the home -> its field on this screen."""
NODES_ADDRESS = word("Address of your node")
OF_NODE = word("of your node, as HOST:7443")
LOOK = 2.0  # s between two checks whether the node runs
GO, BACK, MAKE, REQUEST, ANSWER, PAIR = (
    "go",
    "back",
    "make",
    "request",
    "answer",
    "pair",
)
Act = tuple[str, str]  # kind, and its words, said


def act_lines(state: SetupState, named: dict[str, str]) -> Iterator[Act]:
    """Yield the choices of a step; the first one changes nothing made so far."""
    match state.step:
        case FirstRunStep.LANGUAGE:
            yield from LANGUAGES.items()
        case FirstRunStep.SORT:
            yield (
                NEW,
                say("A nation with its node and this desk, all on this machine"),
            )
            yield JOIN, say("This desk alone: its nation is on another machine")
        case FirstRunStep.NAMES:
            titles = {one: title for one, (title, _) in FIELDS.items()}
            if state.sort == JOIN:
                titles = {**titles, LISTEN: NODES_ADDRESS}
                del titles[NODE]
            yield from (
                (one, COLON[lang()].join((say(title), named[one])))
                for one, title in titles.items()
            )
            yield GO, say("Go on with these names")
            yield BACK, say("Back: change the set-up")
        case FirstRunStep.MAKE:
            yield BACK, say("Change the names")
            yield MAKE, say("Choose a passphrase, and make the keys")
        case FirstRunStep.ANSWER:
            yield REQUEST, say("Write this desk's request to a file, for its nation")
            yield ANSWER, say("Take the nation's answer from a file")
        case FirstRunStep.PARTNER:
            yield PAIR, say("Exchange bundles with the partner")
            yield GO, say("Go on; P on the list pairs later")
        case FirstRunStep.NODE:
            yield GO, say("Open the list")


def told_lines(state: SetupState, more: Sequence[str]) -> Sequence[str]:
    lines = {
        FirstRunStep.LANGUAGE: ["Language · زبان · 语言"],
        FirstRunStep.SORT: [
            say("The folder is empty: {home}").format(home=safe(state.home))
        ],
        FirstRunStep.NAMES: [say("Others know this place by its names; they stay.")],
        FirstRunStep.MAKE: [
            " · ".join(filter(None, (state.node, state.desk, state.officer))),
            say("The passphrase opens the officer's keys, and those of a nation here."),
            say("A forgotten passphrase cannot be replaced."),
        ],
        FirstRunStep.ANSWER: [
            say("Carry the request to the nation, which answers by fusion keys issue."),
            say("The granting officer must read the same number to you:"),
        ],
        FirstRunStep.PARTNER: [
            say("Each side takes the other's bundle, and compares by voice.")
        ],
        FirstRunStep.NODE: [
            say("A node carries the desks' bulletins. It runs in another terminal:")
        ],
    }
    if state.sort == JOIN:
        del lines[FirstRunStep.NODE]  # its nation runs it, on another machine
    return [*filter(None, [state.fault]), *lines.get(state.step, ()), *more]


class FirstRunScreen(Screen[str | None]):
    """Ends with the passphrase if it was chosen here, else ""; None if left."""

    KEYS: ClassVar[Sequence[tuple[str, str]]] = (
        ("↵", word("choose")),
        ("Esc", word("leave; it goes on from here")),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("escape,q", "back", "Quit; set-up resumes here next time", "Esc")
    ]

    def __init__(self, setup: Setup) -> None:
        super().__init__()
        self.setup = setup
        self.state: SetupState | None = None
        self._named: dict[str, str] = {}
        self._passphrase = ""
        self._busy = False

    def compose(self) -> ComposeResult:
        yield Bar(id="head")
        yield Choices(id="page")
        yield KeyLine(id="keys")

    def on_mount(self) -> None:
        self.choices.focus()
        self.set_interval(LOOK, self._look_at_node)
        self._look()

    @property
    def choices(self) -> Choices:
        return self.query_one("#page", Choices)

    def _do(self, step: Callable[[], object], told: str = "") -> None:
        """Run a step in a worker, then refresh; show a refusal.

        `told` is the notice after a step that does not change the screen.
        """
        self._busy = True

        def over() -> None:
            self._busy = False
            self._look()

        def done(_: object) -> None:
            if told:
                self.notify(told, markup=False)
            over()

        def refused(error: FusionError) -> None:
            notify_error(self, self._in_words_of_here(error))
            over()

        ask_desk(self, step, done, refused)

    def _in_words_of_here(self, error: FusionError) -> FusionError:
        """Return it under this screen's field name; move the cursor there."""
        field = OPTIONS.get(error.where)
        if field is None or self.state is None:
            return error
        self._draw(self.state, (), self._place(field))
        return Refusal(error.reason, say(FIELDS[field][0]), error.why)

    def _look(self) -> None:
        def look() -> tuple[SetupState, Sequence[str]]:
            state = self.setup.look()
            return state, self._more(state)

        ask_desk(self, look, lambda found: self._show(*found), self._failed)

    def _more(self, state: SetupState) -> Sequence[str]:
        if state.step is FirstRunStep.ANSWER:
            return [self.setup.request_number()]
        if state.step is FirstRunStep.PARTNER:
            found = ", ".join(self.setup.pairing.partners())
            none = say("No partner's bundle is here yet.")
            return [
                say("Paired with {nations}.").format(nations=found) if found else none
            ]
        if state.step is not FirstRunStep.NODE:
            return []
        if not (command := self.setup.serve_command()):
            return [say("Your node is elsewhere: it takes the same answer.")]
        up = self.setup.node_answers()
        return [command, f"✔ {say('It runs.')}" if up else say("It does not run yet.")]

    def _look_at_node(self) -> None:
        if self.state and self.state.step is FirstRunStep.NODE and self.is_current:
            self._look()

    def _failed(self, error: FusionError) -> None:
        line = Text(f"✘ {error_line(error)}", lang(), "bad")
        self.choices.choose_from([Entry(0, [line])])

    def _show(self, state: SetupState, more: Sequence[str]) -> None:
        if state.language and state.language != lang():
            words.use(state.language)
        if state.step is FirstRunStep.DONE:
            self.dismiss(self._passphrase)
            return
        same = self.state is not None and self.state.step is state.step
        at = self.choices.chosen.number if same and self.choices.chosen else 1
        self.state = state
        if not same:
            names = state.node, state.desk, state.officer, state.listen
            given = dict(zip(FIELDS, names, strict=True))
            self._named = {one: given[one] or self._named.get(one, "") for one in given}
        self._draw(state, more, at)

    def _draw(self, state: SetupState, more: Sequence[str], at: int) -> None:
        number = list(TITLES).index(state.step) + 1
        title = [BarPart(label("First run"), "key"), BarPart(label(TITLES[state.step]))]
        far = BarPart(f"{number}/{len(TITLES) - 1}", "dim")
        self.query_one("#head", Bar).put([*title, far])
        self.query_one("#keys", KeyLine).keys(self.KEYS)
        here, blank = lang(), Text("", "")
        told = [Text(line, here) for line in told_lines(state, more)]
        acts = act_lines(state, self._named)
        rows = [Entry(0, [*told, blank])] + [
            Entry(n, [Text(said, here)], kind) for n, (kind, said) in enumerate(acts, 1)
        ]
        self.choices.choose_from(rows, at)

    @on(Choices.Chosen)
    def _chosen(self, event: Choices.Chosen) -> None:
        state, kind = self.state, event.entry.kind
        if state is None or self._busy:
            self.app.bell()
        elif state.step is FirstRunStep.LANGUAGE:
            self._do(lambda: self.setup.choose_language(kind))
        elif state.step is FirstRunStep.SORT:
            self._do(lambda: self.setup.choose_sort(kind))
        elif kind in FIELDS:
            self._ask_name(kind)
        else:
            self._act(kind, state)

    def _act(self, kind: str, state: SetupState) -> None:
        setup = self.setup
        if kind == GO and state.step is FirstRunStep.NAMES:
            self._do(lambda: setup.name_parts(*(self._named[one] for one in FIELDS)))
        elif kind == GO:
            self._do(setup.go_on)
        elif kind == BACK:
            sort = state.sort if state.step is FirstRunStep.MAKE else ""
            self._do(lambda: setup.choose_sort(sort))
        elif kind == MAKE:
            self._make(state)
        elif kind == REQUEST:
            self._write_request()
        elif kind == ANSWER:
            self._take_answer()
        else:
            screen = PairingScreen(setup.pairing)
            self.app.push_screen(screen, lambda _: self._look())

    def _ask_name(self, field: str) -> None:
        title, hint = FIELDS[field]
        if field == LISTEN and self.state and self.state.sort == JOIN:
            hint = OF_NODE

        def typed(text: str | None) -> None:
            if text is not None and self.state is not None:
                self._named[field] = text.strip()
                self._draw(self.state, (), self._place(field))

        self.app.push_screen(Ask(title, self._named[field], hint), typed)

    def _place(self, kind: str) -> int:
        return next((e.number for e in self.choices.entries if e.kind == kind), 1)

    def _make(self, state: SetupState) -> None:
        def typed(passphrase: str | None) -> None:
            if passphrase is None:
                return
            self._passphrase = passphrase
            making = say("Making the keys…")
            self.query_one("#head", Bar).put([BarPart(join_words(making), "key")])
            self._do(lambda: self.setup.make(passphrase))

        self.app.push_screen(NewPassphrase(safe(state.officer)), typed)

    def _write_request(self) -> None:
        def named(path: str | None) -> None:
            if path:
                written = say("Written to {file}.").format(file=safe(path.strip()))
                self._do(lambda: self.setup.write_request(path), written)

        hint = word("a new file, on the medium you carry to the nation")
        self.app.push_screen(Ask(word("The request to"), "", hint), named)

    def _take_answer(self) -> None:
        def named(path: str | None) -> None:
            if path:
                ask_to_open(self, lambda: self.setup.read_answer(path), self._compare)

        hint = word("the file that the nation gave you")
        self.app.push_screen(Ask(word("The nation's answer from"), "", hint), named)

    def _compare(self, seen: SeenBundle) -> None:
        def compared(answer: str | None) -> None:
            if answer == TAKE:
                self._do(lambda: self.setup.take_answer(seen))

        question = say("Does the nation, {nation}, read the same number?")
        yes = say("Both read the same number: trust {nation}")
        nation = safe(seen.domain)
        self.app.push_screen(
            SafetyNumber(
                question.format(nation=nation), seen.number, yes.format(nation=nation)
            ),
            compared,
        )

    def action_back(self) -> None:
        """Leave; finished steps stay, and the next start continues."""
        self.dismiss(None)
