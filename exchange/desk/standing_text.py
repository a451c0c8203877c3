"""The standing of signers and answers, as lines for people and as JSON."""

from collections.abc import Iterable, Iterator

from exchange.bulletin.values import iso
from exchange.desk.mailbox.records import NewerText
from exchange.errors import TEXTS, Reason
from exchange.trust.signer_standing import DISOWNED, GOOD, SignerStanding
from exchange.v1 import envelope_pb2 as pb
from exchange.words import say, word

PLACES = {
    "author": word("author"),
    "releaser": word("releaser"),
    "translator": word("translator"),
    "reviewer": word("reviewer"),
    "back.translator": word("back-translator"),
    "back.judge": word("judge of the back-translation"),
}
"""The roles in which a message or a translation names an officer, in words."""


LOST = word("no log has it any more")
"""For a receipt or translation that no log has any more."""


def standing_lines(standings: Iterable[SignerStanding], lang: str = "") -> list[str]:
    """Return lines only on signers whose key was revoked since.

    `lang` is the language of the translation, if they are of one.
    """
    return [_line(one, lang) for one in standings if one.word != GOOD]


def _line(one: SignerStanding, lang: str) -> str:
    notice = one.notice
    if notice is None:
        return ""
    text = (
        say(
            "{signer}: DISOWNED: {issuer} stated the key and is not trusted since"
            " {since}, by {by} on {date} ({place})"
        )
        if notice.issuer
        else say(
            "{signer}: DISOWNED by {by} on {date} ({place}): the key is not trusted"
            " since {since}, and this is not proven older"
        )
        if one.word == DISOWNED
        else say(
            "{signer}: BEFORE REVOCATION by {by} on {date} ({place}): the key is not"
            " trusted since {since}, and this is proven to be older"
        )
    )
    return text.format(
        signer=" ".join(filter(None, (lang, _place(one.place), one.officer))),
        issuer=notice.issuer,
        by=notice.by,
        date=iso(notice.filed),
        place=f"{notice.origin}#{notice.index}",
        since=iso(notice.since),
    )


def _place(place: str) -> str:
    return say(PLACES[place]) if place in PLACES else place


def unread_lines(answers: Iterable[NewerText]) -> Iterator[str]:
    """Yield lines on those that only a newer program reads."""
    for one in answers:
        said = (
            say("translation by {officer}: {why}")
            if one.kind == pb.KIND_TRANSLATION
            else say("remark by {officer}: {why}")
        )
        yield said.format(officer=one.author, why=say(TEXTS[Reason.FORMAT]))


def standing_json(standings: Iterable[SignerStanding]) -> list[dict[str, object]]:
    return [_as_json(one) for one in standings]


def _as_json(one: SignerStanding) -> dict[str, object]:
    notice = one.notice
    why = notice and {
        "by": notice.by,
        "at": iso(notice.filed),
        "where": f"{notice.origin}#{notice.index}",
        "since": iso(notice.since),
    }
    said = {"place": one.place, "officer": one.officer, "standing": one.word}
    return {**said, **(why or {})}
