"""Machine translation: the interface for machines, and the gate before them.

An entry point of the group `fusion.translators` makes a Translator from the desk's
settings ([translator] of config.toml) and folder. It is used only if the settings name
it and `gate` lets the bulletin pass.

Only segment texts leave the desk, with placeholders for protected spans; no header,
facts or attachments. The answer is checked like any input.
"""

import ipaddress
from collections.abc import Callable, Collection, Mapping, Sequence
from importlib.metadata import entry_points
from itertools import groupby
from pathlib import Path
from typing import Protocol
from urllib.parse import SplitResult, urlsplit

from exchange.bulletin.codes import CODES
from exchange.bulletin.prose import nfc
from exchange.bulletin.spans import scan, value_of
from exchange.bulletin.translations import check_target
from exchange.config import TranslatorConfig
from exchange.errors import Reason, Refusal, Why
from exchange.limits import SEGMENT_MAX
from exchange.translation.placeholders import Mark, marks
from exchange.trust.labels import Labelled
from exchange.v1 import bulletin_pb2 as pb
from exchange.v1 import envelope_pb2 as env

GROUP = "fusion.translators"
NEVER = "NO_MACHINE_TRANSLATION"
"""The caveat that settings cannot override."""


_CEILINGS = Why("CLEAR, GREEN, AMBER or AMBER_STRICT; RED never goes to a machine")
_NOT_ALLOWED = Why(
    "texts may not go to this host; desk/config.toml lists the allowed ones"
)


class Translator(Protocol):
    """Translates texts from one language into another (our tags)."""

    def translate(self, texts: Sequence[str], source: str, target: str) -> list[str]:
        """Return a translation of each text, in order; Refusal(MACHINE)."""


Maker = Callable[[TranslatorConfig, Path], Translator]
"""The type of an entry point; the folder is the desk's, for key and certificate."""


def gate(settings: TranslatorConfig | None, label: Labelled) -> TranslatorConfig:
    """Return the settings if texts of this label may go to that machine.

    1. A machine is configured, with its highest TLP value; there is none by default
       (MACHINE).
    2. Its URL is https, or http on this machine alone (FIELD_VALUE).
    3. Its host is on the list of allowed hosts (MACHINE).
    4. The label's TLP value is not above the configured one, and never RED
       (NOT_RELEASABLE).
    5. The label is releasable to the nation that runs the machine (NOT_RELEASABLE).
    6. Its caveats are all allowed, and never NO_MACHINE_TRANSLATION (NOT_RELEASABLE).

    A drill's texts are guarded like real ones.
    """
    # 1
    if settings is None or not settings.tlp:
        why = Why(
            "desk/config.toml names no translation service, or no TLP limit for it"
        )
        raise Refusal(Reason.MACHINE, "translator", why)
    # 2
    host = _host(settings.url)
    # 3
    if host not in settings.hosts:
        raise Refusal(Reason.MACHINE, f"translator.hosts: {host}", _NOT_ALLOWED)
    # 4, 5, 6
    _check_label(settings, label)
    return settings


def _check_label(settings: TranslatorConfig, label: Labelled) -> None:
    """Raise NOT_RELEASABLE for steps 4 to 6."""
    # 4
    ceiling = dict(env.Tlp.items()).get(f"TLP_{settings.tlp}", env.TLP_UNSPECIFIED)
    if not env.TLP_UNSPECIFIED < ceiling < env.TLP_RED:
        raise Refusal(Reason.FIELD_VALUE, "translator.tlp", _CEILINGS)
    if not env.TLP_UNSPECIFIED < label.tlp <= ceiling:
        why = Why(
            "the translation service may only be given text up to "
            "{tlp}; translate by hand",
            tlp=settings.tlp,
        )
        raise Refusal(Reason.NOT_RELEASABLE, "label.tlp", why)
    # 5
    if settings.domain not in label.releasable_to:
        why = Why(
            "the translation service is run by {domain}, and the label "
            "is not releasable there; translate by hand",
            domain=settings.domain,
        )
        raise Refusal(Reason.NOT_RELEASABLE, "label.releasable_to", why)
    # 6
    for caveat in sorted(label.caveats):
        if caveat == NEVER or caveat not in settings.caveats:
            why = Why("text with this label may not be given to this service")
            raise Refusal(Reason.NOT_RELEASABLE, f"label.caveats: {caveat}", why)


def _host(url: str) -> str:
    """Return the host of an allowed URL; Refusal(FIELD_VALUE)."""
    try:
        parts = urlsplit(url)
        host, secure = parts.hostname or "", parts.scheme == "https"
        plain = parts.scheme == "http" and _is_here(host)
        sound = _is_plain(parts) and parts.port != 0
    except ValueError:  # invalid port or address
        host, secure, plain, sound = "", False, False, False
    if not (host and sound and (secure or plain)):
        why = Why("must be https, or http to this machine; no user name, no query")
        raise Refusal(Reason.FIELD_VALUE, "translator.url", why)
    return host


def _is_plain(parts: SplitResult) -> bool:
    """Return whether a URL has no user, password, query or fragment."""
    return "@" not in parts.netloc and not parts.query and not parts.fragment


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def load(settings: TranslatorConfig, folder: Path) -> Translator:
    """Raise Refusal(MACHINE) if it is not installed."""
    adapters = list(entry_points(group=GROUP, name=settings.name))
    if not adapters:
        why = Why(
            "no adapter of that name is installed; install it, or "
            "correct desk/config.toml"
        )
        raise Refusal(Reason.MACHINE, f"translator.name: {settings.name}", why)
    make: Maker = adapters[0].load()
    return make(settings, folder)


def translate_segments(
    translator: Translator, segments: Collection[pb.Segment], lang: str
) -> Mapping[str, str]:
    """Return the texts of segments in `lang`, by id, except those already in `lang`.

    Raises Refusal(MACHINE) naming the segment if a text or one of its protected spans
    is lost or duplicated, or if the text hides something.
    """
    result: dict[str, str] = {}
    foreign = [segment for segment in segments if segment.lang != lang]
    for source, group in groupby(sorted(foreign, key=_lang), key=_lang):
        asked = list(group)
        texts = [_hidden(segment) for segment in asked]
        answers = translator.translate(texts, source, lang)
        if len(answers) != len(asked):
            raise Refusal(Reason.MACHINE, "segments")
        for segment, answer in zip(asked, answers, strict=True):
            result[segment.id] = _restored(segment, answer, lang)
    return {s.id: result[s.id] for s in segments if s.id in result}


def _lang(segment: pb.Segment) -> str:
    return segment.lang


def _hidden(segment: pb.Segment) -> str:
    made, done = [], 0
    for mark, word in _placeholders(segment):
        made += [segment.text[done : mark.start], word]
        done = mark.end
    return "".join((*made, segment.text[done:]))


def _placeholders(segment: pb.Segment) -> list[tuple[Mark, str]]:
    """Return a word for each mark that is not in the text: XQ1Z."""
    letters = "XQ"
    while letters in segment.text:
        letters += "Q"
    return [(mark, f"{letters}{mark.id[1:]}Z") for mark in marks(segment)]


def _restored(segment: pb.Segment, answer: str, lang: str) -> str:
    where = f"segments.{segment.id}"
    text = nfc(answer)
    for mark, word in _placeholders(segment):
        if text.count(word) != 1:
            raise Refusal(Reason.MACHINE, f"{where}.{mark.id}")
        text = text.replace(word, _said(segment, mark, lang))
    if len(text) > SEGMENT_MAX:
        raise Refusal(Reason.MACHINE, where)
    try:
        check_target(segment, text, lang, where)
    except Refusal as refusal:
        raise Refusal(Reason.MACHINE, refusal.where) from None
    return text


def _said(segment: pb.Segment, mark: Mark, lang: str) -> str:
    """Return the text for a mark that has its value in that language.

    A place by its name, a day by its value; else unchanged if that has the value, else
    by the value: "two" is 2.
    """
    piece, kind = segment.text[mark.start : mark.end], mark.spans[0].kind
    value = value_of(mark.spans[0], segment.lang)
    if mark.verbatim or not value:
        return piece
    site = CODES["site"].get(value) or CODES["toponym"].get(value)
    first = value if kind == "DATE" else piece
    for said in (site[lang] if site and kind == "PLACE" else first, piece, value):
        if (kind, value) in {(s.kind, s.value) for s in scan(said, lang)}:
            return said
    return piece
