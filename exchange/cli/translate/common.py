"""Shared parts of the `fusion translate` commands."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from msgspec import Struct

from exchange import words
from exchange.cli import desk_session, options
from exchange.cli.frame import AtDesk, Reply
from exchange.cli.lazy import lazy_imports
from exchange.cli.message_json import finding_json
from exchange.cli.options import option
from exchange.words import say, word
from tui.text.safe_text import safe

with lazy_imports():
    from exchange import config
    from exchange.bulletin import codes, prose, translations
    from exchange.desk.client import Desk
    from exchange.desk.incoming import threads
    from exchange.desk.records import TranslationUnit
    from exchange.desk.translation import files_and_machine, pending_translation
    from exchange.translation.checks import Finding
    from exchange.trust.labels import Label
    from exchange.v1.bulletin_pb2 import Translation

app = typer.Typer(
    help="Translate bulletins: text by text, checked, reviewed, signed and sent."
)
To = Annotated[str, option("--to", "Target language.", "en|ur|zh")]
Segments = Annotated[
    list[str] | None, option("--segment", "Only this segment. Repeatable.", "ID")
]
BEFORE = {
    "TRANSLATED": word("before it is translated"),
    "REVIEWED": word("before it is reviewed"),
}


class OpenTranslation(Struct, frozen=True):
    desk: "Desk"
    pending: "pending_translation.PendingTranslation"

    @property
    def name(self) -> bytes:
        return self.pending.name

    @property
    def lang(self) -> str:
        return self.pending.lang

    @property
    def standing(self) -> str:
        return threads.find_standing(self.desk.mailbox, self.name)


@contextmanager
def open_translation(at: AtDesk, name: str, to: str) -> Iterator[OpenTranslation]:
    lang = prose.known_language(to, "--to")
    with at.open_refreshed() as desk:
        found = desk.mailbox.search.resolve(name)
        yield open_at(desk, found, lang)


def open_at(desk: "Desk", name: bytes, lang: str) -> OpenTranslation:
    return OpenTranslation(
        desk, pending_translation.PendingTranslation(desk, name, lang)
    )


def ask_machine(
    at: OpenTranslation, home: Path, segments: list[str] | None
) -> Mapping[str, str]:
    """Ask the machine that the desk's settings name."""
    folder = config.desk_home(home)
    settings = config.read_desk(folder).translator
    return files_and_machine.ask(
        at.desk, at.name, at.lang, settings, folder.folder, segments
    )


def confirm_file(label: "Label", out: Path, *, yes: bool) -> None:
    if files_and_machine.is_grave(label):
        question = say(
            "Any holder of {file} can read this text of {label}. Type yes to write it:",
            file=out,
            label=files_and_machine.label_line(label),
        )
        options.confirm(safe(question), yes=yes)


def holds(label: str, out: Path, **more: object) -> Reply:
    """Return the reply after writing a file with texts of a label."""
    told = say(
        "{file} contains {label} text: handle it accordingly", file=out, label=label
    )
    return Reply({**more, "out": str(out), "label": label}, [told])


def standing(at: OpenTranslation, **more: object) -> Reply:
    work, parts = at.pending.current(), at.pending.parts()
    found = [line_of(one) for part in parts for one in part.findings]
    return Reply(as_json(at, work, parts) | more, [heading(at, work), *found])


def as_json(
    at: OpenTranslation, work: "Translation", parts: "list[TranslationUnit]"
) -> dict[str, object]:
    found = {"name": at.name.hex(), **translations.to_json(work), "lang": at.lang}
    found["standing"] = at.standing
    return found | {"segments": [_segment(part) for part in parts]}


def _segment(part: "TranslationUnit") -> dict[str, object]:
    translated, source = part.translation, part.source
    return {
        "id": source.id,
        "source": {"lang": source.lang, "text": source.text},
        "text": translated.text,
        "state": translated.state,
        "origin": translated.origin,
        "match": translated.match,
        "findings": [finding_json(finding) for finding in part.findings],
        "terms": [{"source": a, "wanted": b} for a, b in part.terms],
    }


def heading(at: OpenTranslation, work: "Translation") -> str:
    """Return bulletin, progress and officers.

    It has the bulletin's standing: translations of a recalled or corrected one cannot
    be sent.
    """
    origin = label("translation_origin", work.origin) if work.segments else ""
    persons = [p for p in (work.translator, work.reviewer) if p]
    stands = f"[{desk_session.code('standing', at.standing)}]" if at.standing else ""
    which, state = (
        f"{at.name.hex()[:16]} {at.lang}",
        label("translation_state", work.state),
    )
    said = (which, state, origin, ", ".join(persons), stands)
    return "  ".join(filter(None, said))


def label(code_list: str, code: str) -> str:
    return codes.label(code_list, code, words.lang())


def prose_lines(lang: str, text: str) -> list[str]:
    """Return a text after its language.

    Further lines are indented more than ours, so that they cannot imitate one.
    """
    first, *rest = text.split("\n")
    return [f"  {lang}: {first}".rstrip(), *(f"      {line}" for line in rest)]


def line_of(finding: "Finding") -> str:
    """Return the key that confirms it, and its text."""
    mark = "?" if finding.answerable else "!"
    key = f"{finding.segment}:{finding.check}"
    return f"{mark} {key}  {finding.text()}  ({say(BEFORE[finding.before])})"
