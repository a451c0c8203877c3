"""References of a form: shown by place and subject, chosen from recent bulletins."""

from collections.abc import Callable, Mapping

from exchange.bulletin.codes import label as code_label
from exchange.bulletin.kinds import KINDS
from exchange.desk.records import Row
from exchange.v1 import envelope_pb2 as env
from exchange.words import word
from tui.bulletin_names import name_of
from tui.desk import Desk
from tui.form import RELATIONS, Form, FormRow, Reference
from tui.screens.dialogs import Pick
from tui.screens.field_editor import FieldScreen, put
from tui.words import lang, say
from tui.workers import ask_to_open, notify_instead

RECENT = 64  # bulletins on offer, the newest first
_OWN = frozenset({"CORRECTS", "SUPERSEDES", "NARROWS"})


def known_rows(desk: Desk, form: Form) -> Mapping[str, str]:
    names = [one.name for one in form.references]
    found = [(name, desk.about(bytes.fromhex(name))) for name in names]
    return {name: reference_words(row) for name, row in found if row}


def reference_words(row: Row) -> str:
    kind = KINDS.get(row.kind)
    said = kind.labels[lang()] if kind else row.kind
    return f"{said} {name_of(row)} {row.subject}"


def relate(screen: FieldScreen, form: Form, row: FormRow) -> None:
    relation, _ = form.references[form.reference_at(row.path)]
    box = Pick(row.label, _relations(own=True), [relation], many=False)
    screen.app.push_screen(box, lambda found: put(screen, form, row, found))


def _relations(*, own: bool) -> dict[str, str]:
    offered = [code for code in RELATIONS if own or code not in _OWN]
    return {code: code_label("relation", code, lang()) for code in offered}


def add(
    screen: FieldScreen, desk: Desk, form: Form, then: Callable[[], object]
) -> None:
    """Ask for a bulletin and a relation, add both to the form, then call `then`."""

    def read() -> list[Row]:
        newest = desk.count()
        rows = desk.page(max(1, newest - RECENT + 1), min(RECENT, newest))
        return [row for row in rows if row.envelope == env.KIND_BULLETIN][::-1]

    def offer(rows: list[Row]) -> None:
        by_code = {row.name.hex(): row for row in rows}
        if not rows:
            notify_instead(screen.app, say("No bulletin is here to refer to."))
            return
        labels = {code: reference_words(row) for code, row in by_code.items()}
        box = Pick(word("Refers to which bulletin"), labels, [], many=False)
        screen.app.push_screen(
            box, lambda codes: how(by_code[codes[0]]) if codes else None
        )

    def how(row: Row) -> None:
        def related(codes: list[str] | None) -> None:
            if codes:
                name = row.name.hex()
                form.references.append(Reference(codes[0], name))
                form.known = {**form.known, name: reference_words(row)}
                then()

        title = word("In which relation")
        box = Pick(title, _relations(own=row.outgoing), [], many=False)
        screen.app.push_screen(box, related)

    ask_to_open(screen.app, read, offer, screen.complain)
