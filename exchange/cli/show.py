"""fusion show: one bulletin, with its verdict, translations, states and receipts."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Annotated, Any

from exchange.cli import desk_session, log_output, options, terminal
from exchange.cli.frame import AtDesk, Reply, framed
from exchange.cli.lazy import lazy_imports
from exchange.cli.log_output import cosigner_lines, list_cosigners
from exchange.cli.message_json import (
    message_json,
    recall_lines,
    thread_json,
    thread_lines,
)
from exchange.cli.message_list import answers_json
from exchange.cli.options import option
from exchange.words import say, word
from exchange.words.local_time import with_local

with lazy_imports():
    from exchange import envelope
    from exchange.bulletin.codes import label
    from exchange.bulletin.content import decode
    from exchange.bulletin.prose_view import Rendition, best, rendition
    from exchange.bulletin.render import render
    from exchange.bulletin.values import iso
    from exchange.desk import remarks, standing_text, state_words
    from exchange.desk.answer_words import describe_decline, describe_refusal
    from exchange.desk.client import Desk
    from exchange.desk.deadlines.missing_bulletins import doubt_lines
    from exchange.desk.incoming.examine_entry import decode_remark
    from exchange.desk.incoming.successor import successor_content
    from exchange.desk.incoming.threads import find_standing
    from exchange.desk.link.log_states import LogStates
    from exchange.desk.link.revocations import revocations_known
    from exchange.desk.mailbox import Message, Milestone, Receipt, Row, Translation
    from exchange.desk.records import RevocationsKnown
    from exchange.desk.release.release_note import (
        release_json,
        release_line,
        release_note,
    )
    from exchange.desk.remarks import remark_lines
    from exchange.desk.signer_standings import SignerStandings
    from exchange.desk.spoken_name import spoken_title
    from exchange.desk.standing_text import standing_json, standing_lines, unread_lines
    from exchange.desk.terminal.list_rows import add_answers
    from exchange.translation.reader_findings import against, finding_lines
    from exchange.trust.signer_standing import SignerStanding, worst_standing
    from exchange.trust.voice_check import voice_check
    from exchange.v1 import bulletin_pb2, envelope_pb2
    from exchange.v1 import bulletin_pb2 as pb
    from tui.text.safe_text import safe

Lang = Annotated[
    str, option("--lang", "Language of the facts and the translation.", "en|ur|zh")
]

Voice = Annotated[
    bool,
    option("--voice", "Only the voice check: words and digits to read by telephone."),
]
VERDICTS = {
    "ACCEPTED": word("VERIFIED"),
    "": word("NOT YET VERIFIED"),
    "ERASED": word("TEXT ERASED"),
    "MISSING": word("TEXT NOT HERE YET"),
}
"""The terminal's words for a verdict; every other verdict is a refusal."""
DOUBTS = {
    "WITHHELD": word("NOT VERIFIED"),
    "DISOWNED": word("VERIFIED, SINCE DISOWNED"),
    "BEFORE_REVOCATION": word("VERIFIED, BEFORE REVOCATION"),
}
"""The terminal's words for an accepted message with a later doubt."""


@framed
def command(
    at: AtDesk,
    name: options.Name,
    lang: Lang = "",
    voice: Voice = False,
    json: options.Json = False,
) -> Reply:
    """Show a bulletin and mark it as read.

    NAME is 64 hex digits, a unique prefix of 8 or more, or the place in a log.
    """
    lang = desk_session.language(at.home, lang)
    with at.open_refreshed() as desk:
        found = desk.mailbox.search.resolve(name)
        if voice:
            return _voice(desk.mailbox.messages.read(found))
        desk.mark_read(found)
        message = desk.mailbox.messages.read(found)
        if json:
            return Reply(_as_json(desk, message, lang))
        return Reply({}, list(_lines(desk, message, lang)))


def _voice(message: "Message") -> Reply:
    """Show the words for a voice check; the bulletin counts as unread."""
    check, row = voice_check(message.entry), message.row
    head = say(
        "{name}, signed by {officer}", name=row.name.hex()[:16], officer=row.author
    )
    found = {
        "name": row.name.hex(),
        "author": row.author,
        "kid": check.kid.hex(),
        "words": list(check.words),
        "digits": check.digits,
    }
    return Reply(found, [head, " ".join(check.words), check.digits])


def _as_json(desk: "Desk", message: "Message", lang: str) -> dict[str, Any]:
    row, released = _answered(desk, message.row), release_note(desk, message)
    return {
        **_shown(message, lang, _standings(desk, message)),
        **thread_json(desk.mailbox, row.name),
        "text": _body(desk, message, lang),
        "cosigners": _cosigners(desk, row),
        "open": list(row.open_at),
        **answers_json(row.declined, row.pending),
        "number_in_reach": not doubt_lines(desk, message),
        "revocations": log_output.revocations_json(_revocations(desk, row)),
        "waits": log_output.waits_json(log_output.waits_of(desk, message)),
        **({"release": release_json(released)} if released else {}),
    }


def _lines(desk: "Desk", message: "Message", lang: str) -> Iterator[str]:
    row, stand = _answered(desk, message.row), _standings(desk, message)
    known, released = _revocations(desk, row), release_note(desk, message)
    place = desk_session.place_of(row, desk.mailbox)
    thread = thread_lines(desk.mailbox, row.name, lang)
    if released is not None:
        thread = [release_line(released, place), *thread]
    beside = [
        *log_output.wait_lines(log_output.waits_of(desk, message)),
        *cosigner_lines(_cosigners(desk, row)),
        *([log_output.revocations_line(known)] if known else []),
        *_open_line(row),
        *map(describe_decline, row.declined),
        *(doubts := doubt_lines(desk, message)),
        *_standing_lines(message, stand),
    ]
    body, doubt = _body(desk, message, lang), _doubt(known, stand[0])
    first, *rest = text(message, lang, body, beside, thread, place, doubt).splitlines()
    accepted = row.verdict == "ACCEPTED" and not doubts
    verified = accepted and doubt not in DOUBTS
    yield terminal.paint(first, "good" if verified else "loud")
    yield from rest


def _doubt(
    known: "RevocationsKnown | None", signers: "Sequence[SignerStanding]"
) -> str:
    """Return the key in DOUBTS, "" for none."""
    withheld = known is not None and known.mark == "WITHHELD"
    return "WITHHELD" if withheld else worst_standing(signers)


def _standings(desk: "Desk", message: "Message") -> "list[tuple[SignerStanding, ...]]":
    """Return its signers' first, then those of each translation."""
    found = SignerStandings(desk.mailbox, desk.pinned)
    steps = [found.of_translation(kept) for kept in message.translations]
    return [found.of_message(message), *steps]


def _standing_lines(
    message: "Message", stand: "Sequence[Sequence[SignerStanding]]"
) -> list[str]:
    found = standing_lines(stand[0])
    for kept, steps in zip(message.translations, stand[1:], strict=True):
        found += standing_lines(steps, kept.lang)
    return found


def _shown(
    message: "Message", lang: str, stand: "Sequence[Sequence[SignerStanding]]"
) -> dict[str, Any]:
    shown = message_json(message, lang)
    for one, steps in zip(shown["translations"], stand[1:], strict=True):
        one["signers"] = standing_json(steps)
    return shown | {"signers": standing_json(stand[0])}


def _answered(desk: "Desk", row: "Row") -> "Row":
    marked = row._replace(standing=find_standing(desk.mailbox, row.name))
    (found,) = add_answers(desk.mailbox, [marked], desk.moment().expired_at)
    return found


def _open_line(row: "Row") -> list[str]:
    if not row.open_at:
        return []
    told = ", ".join(row.open_at)
    if not row.acknowledged:
        return [say("not acknowledged yet: {desks}", desks=told)]
    if row.acknowledge == "ACTION":
        return [say("acknowledged, action open: {desks}", desks=told)]
    return [say("acknowledged, still open: {desks}", desks=told)]


def _revocations(desk: "Desk", row: "Row") -> "RevocationsKnown | None":
    return revocations_known(
        desk.mailbox, desk.pinned, row.origin, row.index, options.now()
    )


def _cosigners(desk: "Desk", row: "Row") -> list[dict[str, object]]:
    if row.index is None or row.origin not in desk.pinned.origins:
        return []
    said, policy = (
        LogStates(desk.mailbox).cosigner_sizes(row.origin),
        desk.pinned.policy(row.origin),
    )
    return list_cosigners(said, policy, row.index, options.now())


def text(
    message: "Message",
    lang: str,
    body: str,
    cosigners: Sequence[str],
    thread: Sequence[str],
    place: str,
    doubt: str = "",
) -> str:
    """Return it safe for a terminal.

    `doubt` is a key in DOUBTS: a revocation, or DIRECTORY entries that the own node
    leaves out (WITHHELD).
    """
    row, verdict = message.row, _verdict(message.row.verdict, doubt)
    lines = [f"{verdict}  {place}  {row.author}", row.name.hex(), *thread, "", body, ""]
    if row.verdict == "MISSING":
        lines.append(say("Its text has not come yet; it is asked for by itself."))
    lines.extend(map(_state_line, message.states))
    lines.extend(cosigners)
    lines.extend(_receipt_line(receipt, lang) for receipt in message.receipts)
    lines.extend(_lost_translations(message, lang))
    lines.extend(unread_lines(message.unread))
    return "".join(f"{safe(line, lines=True).rstrip()}\n" for line in lines)


def _verdict(verdict: str, doubt: str) -> str:
    if doubt in DOUBTS and verdict == "ACCEPTED":
        return say(DOUBTS[doubt])
    if verdict in VERDICTS:
        return say(VERDICTS[verdict])
    return say("REFUSED ({why})", why=describe_refusal(verdict))


def _state_line(step: "Milestone") -> str:
    """Return a line; it names the source of a state without a signature."""
    whose = say("{node} says:", node=step.reporter) if step.reporter else ""
    by = "" if step.reporter else step.by
    state, why = say(state_words.STATES[step.state]), step.why
    if step.state == "returned":
        why = desk_session.code("return_code", why)
    words = (with_local(iso(step.at)), whose, state, by, why)
    return " ".join(filter(None, words))


def _receipt_line(receipt: "Receipt", lang: str) -> str:
    words = [with_local(iso(receipt.filed)), label("relation", receipt.relation, lang)]
    words.append(receipt.author)
    if receipt.remark:
        codes = remarks.RECALL if receipt.relation == "RECALLS" else remarks.DECLINE
        words += remark_lines(decode_remark(receipt.remark), codes, lang)
    line = " ".join(words).replace("\n", "\u240a")  # one line per receipt
    note = say(standing_text.LOST) if receipt.lost else ""
    if receipt.state:
        note = say(state_words.STATES[receipt.state])
    return say("{line}; {note}", line=line, note=note) if note else line


def _lost_translations(message: "Message", lang: str) -> Iterator[str]:
    """Yield translations that are in no log any more."""
    for kept in message.translations:
        if kept.lost:
            into = label("language", kept.lang, lang)
            told = say(
                "translation into {language} by {officer}",
                language=into,
                officer=kept.author,
            )
            line = f"{with_local(iso(kept.filed))} {told}"
            yield say("{line}; {note}", line=line, note=say(standing_text.LOST))


def _body(desk: "Desk", message: "Message", lang: str) -> str:
    """Return "" if it did not open.

    Its label is the one in force, which may be stricter than the signed one.
    """
    if message.content is None:
        return ""
    if message.row.envelope == envelope_pb2.KIND_RECALL:
        return "\n".join(recall_lines(message.content, lang))
    kept, core = best(message.translations, lang), envelope.parse_core(message.core)
    content = decode(message.content, core)
    said = _rendition(desk, message, content, kept, lang) if kept else None
    label = desk.mailbox.references.handling_of(message.row.name).label
    core.tlp = label.tlp
    core.releasable_to[:] = sorted(label.releasable_to)
    core.caveats[:] = sorted(label.caveats)
    named = partial(spoken_title, desk.mailbox, lang)
    return render(content, core, lang, said, named)


def _rendition(
    desk: "Desk",
    message: "Message",
    content: "pb.Content",
    kept: "Translation",
    lang: str,
) -> "Rendition":
    """Return a translation with the findings against it in `lang`."""
    later = successor_content(desk.mailbox, message.row.name)
    doubts = finding_lines(against(message.content or b"", kept.content), lang)
    said = bulletin_pb2.Translation.FromString(kept.content)
    return rendition(content, said, later, doubts)
