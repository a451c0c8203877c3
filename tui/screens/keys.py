"""The keys of this officer, desk and home: ages, ends, places, acts."""

from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar

from textual import on
from textual.binding import BindingType

from exchange.bulletin.values import iso, milliseconds
from exchange.desk.home_records import HomeKey, KeyCabinet, Pairing
from exchange.errors import FusionError
from exchange.limits import DAY, SECOND
from exchange.words import word
from tui.keys import bind
from tui.screens.base import PageScreen
from tui.screens.choice_screen import ChoiceScreen
from tui.screens.dialogs import Pick, SeenPick
from tui.screens.passphrase import NewPassphrase, Passphrase
from tui.screens.safety_number import SafetyNumber
from tui.screens.time_box import TimeBox
from tui.times import stamp
from tui.widgets.bar import Bar, BarPart
from tui.widgets.choices import BETWEEN, Choices, Entry, heading
from tui.widgets.page import Item, Pair, Text
from tui.words import label, lang, say, say_n
from tui.workers import (
    ask_desk,
    ask_to_open,
    error_line,
    notify_error,
    notify_instead,
)

ROLES = {
    "author": word("signs bulletins"),
    "releaser": word("releases"),
    "sealing": word("opens bulletins sealed for the desk"),
    "reader": word("opens bulletins sealed for the desk"),
    "tls": word("identifies the caller (TLS)"),
    "log": word("signs the log"),
    "mirror": word("cosigns the partner's log"),
    "root": word("speaks for the nation"),
    "issuer": word("grants officers"),
    "tls-ca": word("grants certificates"),
}
DUE, OWN = "due", "own"
REVOKE, REVOKE_KEY = "revoke", "R"
PARTS = ((True, word("Of this officer and desk")), (False, word("Of this home")))
HERE = word("The nation is in this home. Press R, or with its passphrase run:")
ELSEWHERE = word(
    "Call your national key authority now. On the machine with its keys, it runs:"
)


def age(key: HomeKey, now: int) -> str:
    if not key.begins:
        return ""
    days = max(0, now - key.begins) // DAY
    return say_n("{n} day old", "{n} days old", days)


def end(key: HomeKey, now: int) -> str:
    if key.revoked is not None:
        return say("revoked from {time} on").format(time=stamp(key.revoked))
    if not key.ends:
        return say("no end is stated")
    left = key.ends - now
    if left < 0:
        return say("ended {time}").format(time=stamp(key.ends))
    return say_n("ends in {n} day", "ends in {n} days", left // DAY)


def style_of(key: HomeKey) -> str:
    if key.days == 0 or key.revoked is not None:
        return "bad"
    return "" if key.days is None else "unsure"


def key_entries(keys: Sequence[HomeKey], now: int) -> Iterator[Entry]:
    here = lang()
    for own, title in PARTS:
        found = [(n, key) for n, key in enumerate(keys, 1) if key.own is own]
        if found:
            yield heading(say(title))
        for number, key in found:
            role = say(ROLES.get(key.role, key.role))
            told = (key.name, role, age(key, now), end(key, now))
            place = (key.place, say("on a token") if key.token else "", key.kid[:16])
            lines: list[Item] = [
                Text(BETWEEN.join(filter(None, told)), here, style_of(key)),
                Text(BETWEEN.join(filter(None, place)), "en", "dim"),
            ]
            yield Entry(number, lines)


class Keys(ChoiceScreen[None]):
    """The screen of keys; viewing them needs no passphrase and signs nothing."""

    KEYS: ClassVar[Sequence[tuple[str, str]]] = (
        ("↵", word("details, revoke")),
        ("r", word("renew")),
        ("n", word("new sealing key")),
        ("w", word("passphrase")),
        ("s", word("safety number")),
        ("Esc", word("back")),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("r", "renew", "Renew due keys, or this officer's keys", "r"),
        bind("n", "seal", "State a new sealing key of the desk", "n"),
        bind("w", "passphrase", "Change this officer's passphrase", "w"),
        bind("s", "number", "Safety number with the partner", "s"),
    ]

    def __init__(
        self,
        cabinet: KeyCabinet,
        pairing: Callable[[], Pairing] | None,
        officer: str,
        now: Callable[[], int],
    ) -> None:
        super().__init__()
        self.cabinet, self.pairing = cabinet, pairing
        self.officer, self.now = officer, now
        self.found: Sequence[HomeKey] = ()
        self._busy = False

    def on_mount(self) -> None:
        self._head("")
        self._look()

    def _head(self, more: str) -> None:
        parts = [BarPart(label("Keys"), "key")]
        self.query_one("#head", Bar).put([*parts, BarPart(label(more), "unsure")])

    def _look(self) -> None:
        ask_desk(
            self, self.cabinet.list_keys, self._show, self._failed, newest_of="keys"
        )

    def _failed(self, error: FusionError) -> None:
        line = Text(f"✘ {error_line(error)}", lang(), "bad")
        self.choices.choose_from([Entry(0, [line])])

    def _show(self, keys: Sequence[HomeKey]) -> None:
        self.found = keys
        self.choices.choose_from(list(key_entries(keys, self.now())))

    @on(Choices.Chosen)
    def _chosen(self, event: Choices.Chosen) -> None:
        key, cabinet = self.found[event.entry.number - 1], self.cabinet

        def revoke(passphrase: str, since: int) -> None:
            self._do(word("Revoking…"), lambda: cabinet.revoke(key, passphrase, since))

        page = KeyPage(key, self.now(), revoke, here=cabinet.has_nation())
        self.app.push_screen(page)

    def _do(self, said: str, step: Callable[[], Sequence[str]]) -> None:
        if self._busy:
            self.app.bell()
            return
        self._busy = True
        self._head(said)

        def over() -> None:
            self._busy = False
            self._head("")
            self._look()

        def done(lines: Sequence[str]) -> None:
            over()
            for line in lines:
                self.notify(line, markup=False)

        def refused(error: FusionError) -> None:
            over()
            notify_error(self, error)

        ask_desk(self, step, done, refused)

    def action_renew(self) -> None:
        options = {
            "": word("Cancel"),
            DUE: word("All keys due for renewal here"),
            OWN: word("Also this officer's keys, even if not due"),
        }

        def typed(what: str, passphrase: str | None) -> None:
            if passphrase is not None:
                own = what == OWN
                self._do(
                    word("Renewing…"), lambda: self.cabinet.renew(passphrase, own=own)
                )

        def chosen(choice: list[str] | None) -> None:
            if choice and choice[0]:
                box = Passphrase(self.officer)
                self.app.push_screen(box, lambda text: typed(choice[0], text))

        self.app.push_screen(SeenPick(word("Renew"), options, [], many=False), chosen)

    def action_seal(self) -> None:
        options = {"": word("Cancel"), DUE: word("State a new sealing key now")}

        def chosen(choice: list[str] | None) -> None:
            if choice == [DUE]:
                self._do(
                    word("Stating a key…"), lambda: [self.cabinet.new_sealing_key()]
                )

        title = word("It is done each week by itself")
        self.app.push_screen(SeenPick(title, options, [], many=False), chosen)

    def action_passphrase(self) -> None:
        def change(old: str, new: str) -> Sequence[str]:
            self.cabinet.change_passphrase(old, new)
            return [say("The passphrase is changed.")]

        def renewed(old: str, new: str | None) -> None:
            if new is not None:
                self._do(word("Changing…"), lambda: change(old, new))

        def typed(old: str | None) -> None:
            if old is not None:
                box = NewPassphrase(self.officer)
                self.app.push_screen(box, lambda new: renewed(old, new))

        self.app.push_screen(Passphrase(self.officer), typed)

    def action_number(self) -> None:
        if self.pairing is None:
            self.notify(say("This desk was opened without its home."), markup=False)
            return
        open_pairing = self.pairing

        def show(domain: str) -> None:
            title = say("Safety number with {nation}").format(nation=domain)
            ask_to_open(
                self,
                lambda: open_pairing().number(domain),
                lambda number: self.app.push_screen(SafetyNumber(title, number)),
            )

        def chosen(choice: list[str] | None) -> None:
            if choice:
                show(choice[0])

        def found(domains: Sequence[str]) -> None:
            if not domains:
                notify_instead(self, say("No partner's bundle is here yet."))
            elif len(domains) == 1:
                show(domains[0])
            else:
                labels = {domain: domain for domain in domains}
                box = Pick(word("Safety number with"), labels, [], many=False)
                self.app.push_screen(box, chosen)

        ask_to_open(self, lambda: open_pairing().partners(), found)


class KeyPage(PageScreen):
    HEAD = "Key"
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("R", "revoke", "Revoke the key, if its nation is in this home", "R"),
    ]

    def __init__(
        self,
        key: HomeKey,
        now: int,
        revoke: Callable[[str, int], None],
        *,
        here: bool,
    ) -> None:
        """Show a key; `here`: its nation is in this home.

        `revoke` is called with the nation's passphrase and the start of the revocation
        (ms UTC).
        """
        super().__init__()
        self.key, self.at, self.nation_here = key, now, here
        self._revoke = revoke

    def on_mount(self) -> None:
        self.page.put(list(self._items()))

    def shown_keys(self) -> Sequence[tuple[str, str]]:
        revoke = ((REVOKE_KEY, word("revoke")),) if self._revocable else ()
        return (*revoke, *self.KEYS)

    @property
    def _revocable(self) -> bool:
        return self.nation_here and bool(self.key.revoke)

    def action_revoke(self) -> None:
        if not self._revocable:
            self.app.bell()
            return
        title = word("Since when may others have had it?")
        now = self.at // SECOND * SECOND
        box = TimeBox(title, iso(now), lambda: now, lambda _: None)
        self.app.push_screen(box, self._ask_whether)

    def _ask_whether(self, since: str | None) -> None:
        if not since:
            return
        what = say("Revoke it from {time} on").format(time=since)
        options = {"": word("Cancel"), REVOKE: what}

        def chosen(choice: list[str] | None) -> None:
            if choice == [REVOKE]:
                self.app.push_screen(Passphrase(say("the nation")), typed)

        def typed(passphrase: str | None) -> None:
            if passphrase is not None:
                self.dismiss()
                self._revoke(passphrase, milliseconds(since, "since"))

        title = word("A key that is revoked counts no more")
        self.app.push_screen(SeenPick(title, options, [], many=False), chosen)

    def _items(self) -> Iterator[Item]:
        key, here = self.key, lang()
        place = BETWEEN.join(
            filter(None, (key.place, say("on a token") if key.token else ""))
        )
        role = BETWEEN.join((key.role, say(ROLES.get(key.role, ""))))
        rows = (
            (word("Owner"), key.name, "en"),
            (word("Role"), role, here),
            (word("Fingerprint"), key.kid, "en"),
            (word("File"), place, here),
            (word("From"), stamp(key.begins), here),
            (word("Until"), stamp(key.ends), here),
            (word("Age"), age(key, self.at), here),
            (word("Ends"), end(key, self.at), here),
            (word("Renew by"), key.renew, "en"),
        )
        for title, value, of in rows:
            if value:
                yield Pair(say(title), value, of, style_of(key), here)
        yield Text("", "")
        yield Text(say("If it was stolen or lost"), here, "heading")
        if not key.revoke:
            said = say("New roots, issuer or authority follow it: fusion keys renew.")
            yield Text(said, here)
            return
        yield Text(say(HERE if self.nation_here else ELSEWHERE), here)
        yield Text(key.revoke, "en", "subject")
        told = say("Give as --since the time from which others may have had it.")
        yield Text(told, here)
        yield Text(say("Signatures proven older stay valid."), here)
