"""Parts of the commands below `fusion translate`."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec import Struct

from exchange.cli import desk_session, options

if TYPE_CHECKING:
    from exchange.desk.client import Desk
    from exchange.desk.records import TranslationUnit
    from exchange.desk.translation.pending_translation import PendingTranslation
    from exchange.translation.checks import Finding
    from exchange.trust.labels import Label
    from exchange.v1 import bulletin_pb2 as pb

To = Annotated[str, typer.Option("--to", metavar="en|ur|zh", help="Target language.")]
Segments = Annotated[
    list[str] | None,
    typer.Option("--segment", metavar="ID", help="Only this segment. Repeatable."),
]


class OpenTranslation(Struct, frozen=True):
    """A bulletin and a language at an open desk."""

    desk: "Desk"
    pending: "PendingTranslation"

    @property
    def name(self) -> bytes:
        """The bulletin's."""
        return self.pending.name

    @property
    def lang(self) -> str:
        """Into which it is translated."""
        return self.pending.lang

    @property
    def standing(self) -> str:
        """The standing of the bulletin; "" where its author's desk left it as it is."""
        from exchange.desk.incoming.threads import find_standing

        return find_standing(self.desk.mailbox, self.name)


@contextmanager
def open_translation(
    name: str, to: str, home: Path, officer: str, passphrase_fd: int | None
) -> Iterator[OpenTranslation]:
    """Open the desk, take what arrived, and find the bulletin."""
    lang = language(to)
    with desk_session.open_refreshed(home, officer, passphrase_fd) as desk:
        from exchange.desk.translation.pending_translation import PendingTranslation

        found = desk.mailbox.search.resolve(name)
        yield OpenTranslation(desk, PendingTranslation(desk, found, lang))


def language(to: str) -> str:
    """Return the language in full; Refusal(LANGUAGE)."""
    from exchange.bulletin.prose import known_language

    return known_language(to, "--to")


def ask_machine(
    at: OpenTranslation, home: Path, segments: list[str] | None
) -> Mapping[str, str]:
    """Return the texts by segment of the machine that the desk's settings name."""
    from exchange import config
    from exchange.desk.translation import files_and_machine

    folder = config.desk_home(home)
    settings = config.read_desk(folder).translator
    return files_and_machine.ask(
        at.desk, at.name, at.lang, settings, folder.folder, segments
    )


def question(label: "Label", out: Path) -> str:
    """Ask whether a file with texts of that label shall be made; for a terminal."""
    from exchange.desk.translation import files_and_machine
    from exchange.words import say
    from tui.text.safe_text import safe

    return safe(
        say(
            "Whoever holds {file} will read this text of {label}. Type yes to write"
            " it:",
            file=out,
            label=files_and_machine.label_line(label),
        )
    )


def tell(at: OpenTranslation, *, json: bool) -> None:
    """Print how the translation stands, in short."""
    work = at.pending.current()
    parts = at.pending.parts()
    if json:
        options.emit(translation_json(at, work, parts))
        return
    print(heading(at, work))
    for part in parts:
        for finding in part.findings:
            print(line_of(finding))


def translation_json(
    at: OpenTranslation, work: "pb.Translation", parts: "Sequence[TranslationUnit]"
) -> dict[str, object]:
    """Return a translation under way as one JSON object."""
    from exchange.bulletin.translations import to_json

    found = {"name": at.name.hex(), **to_json(work), "lang": at.lang}
    found["standing"] = at.standing
    return found | {"segments": [_segment(part) for part in parts]}


def _segment(part: "TranslationUnit") -> dict[str, object]:
    translated, source = part.translation, part.source
    result: dict[str, object] = {
        "id": source.id,
        "source": {"lang": source.lang, "text": source.text},
        "text": translated.text,
        "state": translated.state,
        "origin": translated.origin,
        "match": translated.match,
        "findings": [finding_json(finding) for finding in part.findings],
        "terms": [{"source": a, "wanted": b} for a, b in part.terms],
    }
    return result


def finding_json(finding: "Finding", lang: str = "") -> dict[str, object]:
    """Return a finding, in words of a language, else of that in use."""
    return {
        "check": finding.check,
        "severity": finding.severity,
        "before": finding.before,
        "text": finding.text(lang),
    }


def heading(at: OpenTranslation, work: "pb.Translation") -> str:
    """Return the first line: which bulletin, how far, by whom; for a terminal.

    And how it stands: of what was recalled or corrected none can be sent any more.
    """
    from exchange import words
    from exchange.bulletin.codes import label
    from tui.text.safe_text import safe

    told_in = words.lang()
    state = label("translation_state", work.state, told_in)
    origin = label("translation_origin", work.origin, told_in) if work.segments else ""
    persons = [p for p in (work.translator, work.reviewer) if p]
    stands = f"[{desk_session.code('standing', at.standing)}]" if at.standing else ""
    said = (f"{at.name.hex()[:16]} {at.lang}", state, origin, ", ".join(persons))
    return safe("  ".join(filter(None, (*said, stands))))


def prose(lang: str, text: str) -> str:
    """Return a text behind its language, for a terminal.

    Its later lines stand further in than any of ours, and pass for none.
    """
    from tui.text.safe_text import safe

    return safe(f"  {lang}: {text}", lines=True).replace("\n", "\n      ")


def line_of(finding: "Finding") -> str:
    """Return a finding on a line: what is confirmed by it, and what it says."""
    from exchange.words import say, word
    from tui.text.safe_text import safe

    when = {
        "TRANSLATED": word("before it is translated"),
        "REVIEWED": word("before it is reviewed"),
    }
    mark = "?" if finding.answerable else "!"
    key = f"{finding.segment}:{finding.check}"
    return safe(f"{mark} {key}  {finding.text()}  ({say(when[finding.before])})")
