"""Pairing: exchange bundles with a partner, and compare the safety number."""

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from textual import on

from exchange.desk.home_records import Pairing, SeenBundle
from exchange.errors import FusionError
from exchange.words import word
from tui.screens.choice_screen import ChoiceScreen
from tui.screens.dialogs import Ask
from tui.screens.safety_number import TAKE as SAME
from tui.screens.safety_number import SafetyNumber
from tui.text.safe_text import safe
from tui.widgets.choices import Choices, Entry
from tui.widgets.page import Text
from tui.words import lang, say
from tui.workers import ask_desk, ask_to_open, error_line, notify_error

WRITE, TAKE, NUMBER = "write", "take", "number"
STEPS = (
    word("1. Write our bundle to a file, and have it carried to the partner."),
    word("2. Take the file that the partner gave you."),
    word("3. Read the safety number to each other on the telephone, then trust."),
)


class PairedHome(NamedTuple):
    own: str
    edition: int
    partners: Sequence[str]


def known_of(pairing: Pairing) -> PairedHome:
    """Return the home's nation, edition and partners; for a worker."""
    return PairedHome(*pairing.own(), pairing.partners())


class PairingScreen(ChoiceScreen[None]):
    """Each step asks for a file, and overwrites none."""

    HEAD = "Pairing"
    KEYS: ClassVar[Sequence[tuple[str, str]]] = (
        ("↵", word("choose")),
        ("Esc", word("back")),
    )

    def __init__(self, pairing: Pairing) -> None:
        super().__init__()
        self.pairing = pairing
        self.known: PairedHome | None = None

    def on_mount(self) -> None:
        self._look()

    def _look(self) -> None:
        ask_desk(self, lambda: known_of(self.pairing), self._show, self._refused)

    def _refused(self, error: FusionError) -> None:
        line = Text(f"✘ {error_line(error)}", lang(), "bad")
        self.choices.choose_from([Entry(0, [line])])

    def _show(self, known: PairedHome) -> None:
        self.known = known
        here, blank = lang(), Text("", "")
        own = say("{nation}, edition {n}").format(nation=known.own, n=known.edition)
        acts = [
            (WRITE, say("Write our bundle to a file: {own}").format(own=own)),
            (TAKE, say("Take the partner's bundle from a file")),
        ]
        acts += [
            (f"{NUMBER} {one}", say("Safety number with {nation}").format(nation=one))
            for one in known.partners
        ]
        none = [] if known.partners else [say("No partner's bundle is here yet.")]
        told = [Text(line, here) for line in (*map(say, STEPS), *none)]
        rows = [Entry(0, [*told, blank])]
        rows += [
            Entry(number, [Text(words, here)], kind)
            for number, (kind, words) in enumerate(acts, 1)
        ]
        self.choices.choose_from(rows)

    @on(Choices.Chosen)
    def _chosen(self, event: Choices.Chosen) -> None:
        kind, _, domain = event.entry.kind.partition(" ")
        if kind == WRITE:
            self._write()
        elif kind == TAKE:
            self._take()
        else:
            self._number(domain)

    def _write(self) -> None:
        def named(path: str | None) -> None:
            if path:
                written = say("Written to {file}.").format(file=safe(path.strip()))
                ask_desk(
                    self,
                    lambda: self.pairing.write_own(path),
                    lambda _: self.notify(written, markup=False),
                )

        hint = word("a new file, on the medium you carry to the partner")
        self.app.push_screen(Ask(word("Our bundle to"), "", hint), named)

    def _take(self) -> None:
        def named(path: str | None) -> None:
            if path:
                ask_to_open(
                    self, lambda: self.pairing.read_partner(path), self._compare
                )

        hint = word("the file that the partner gave you")
        self.app.push_screen(Ask(word("The partner's bundle from"), "", hint), named)

    def _compare(self, seen: SeenBundle) -> None:
        def trust() -> None:
            ask_desk(
                self,
                lambda: self.pairing.trust_partner(seen),
                lambda _: self._trusted(seen),
            )

        def compared(answer: str | None) -> None:
            if answer == SAME:
                trust()
            else:
                self.notify(say("No changes made."), markup=False)

        if not seen.number:
            trust()
            return
        nation = safe(seen.domain)
        question = say("Does the partner, {nation}, read the same number?")
        yes = say("Both read the same number: trust {nation}")
        self.app.push_screen(
            SafetyNumber(
                question.format(nation=nation), seen.number, yes.format(nation=nation)
            ),
            compared,
        )

    def _trusted(self, seen: SeenBundle) -> None:
        told = say("Trusted: {nation}, edition {n}. Esc goes back.").format(
            nation=safe(seen.domain), n=seen.edition
        )
        self.notify(f"✔ {told}", markup=False)
        self._look()

    def _number(self, domain: str) -> None:
        def show(number: str) -> None:
            title = say("Safety number with {nation}").format(nation=domain)
            self.app.push_screen(SafetyNumber(title, number))

        ask_to_open(
            self,
            lambda: self.pairing.number(domain),
            show,
            lambda error: notify_error(self, error),
        )

    def action_back(self) -> None:
        """Clear the notices, as "Esc goes back" is wrong elsewhere."""
        self.app.clear_notifications()
        self.dismiss(None)
