"""The description of a signature, in the order used by every box.

Signer and desk; mode, precedence, kind or step; handling; addressees; the bulletin it
is about, by place and subject. ACTUAL is emphasised, also without colours.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from exchange.bulletin.codes import label as code_label
from exchange.bulletin.punctuation import AMONG, ASIDE, COLON
from exchange.desk.records import PRECEDENCES, Neighbour, OpenedBulletin, Review
from exchange.translation.checks import INITIAL
from exchange.v1 import envelope_pb2 as env
from tui.bulletin_names import name_of
from tui.desk import Desk
from tui.widgets.page import Text
from tui.words import lang, say, say_n

if TYPE_CHECKING:
    from exchange.bulletin.draft import Draft

BETWEEN = " · "
ACTUAL = "ACTUAL"
DESKS_NAMED = 8  # addressees named; the others are counted


class About(NamedTuple):
    """Our name for it ("" for the one being signed), and its subject."""

    words: str
    subject: str = ""
    lang: str = ""


class Signing(NamedTuple):
    """The content of a signature; codes as in rows, all else already in words."""

    by: str
    """The officer, `duty-1@ops.islamabad.pk`."""
    act: str
    """The kind, or the step."""
    modes: Collection[str] = ()
    precedences: Collection[str] = ()
    handling: str = ""
    to: Sequence[str] = ()
    about: Sequence[About] = ()


def describe(signing: Signing) -> Sequence[Text]:
    here = lang()
    who = COLON[here].join((say("Sign"), signing.by))
    modes = AMONG[here].join(map(mode_word, sorted(signing.modes)))
    urgency = sorted(
        signing.precedences, key=lambda one: (*PRECEDENCES, one).index(one)
    )
    said = AMONG[here].join(code_label("precedence", one, here) for one in urgency)
    first, *others = signing.about or [About("")]
    handled = _join(signing.handling, _addressed(signing.to), first.words)
    return [
        mode_text(_join(who, modes, said, signing.act), signing.modes),
        *([Text(handled, here)] if handled else ()),
        *_subject(first),
        *(item for one in others for item in (Text(one.words, here), *_subject(one))),
    ]


def mode_word(mode: str) -> str:
    return code_label("mode", mode, lang()).upper()


def mode_text(words: str, modes: Collection[str], style: str = "") -> Text:
    """Return a line; the word for ACTUAL in it is emphasised if it is in `modes`."""
    spans = ((mode_word(ACTUAL), 0),) if ACTUAL in modes else ()
    return Text(words, lang(), style, spans=spans, span_style="loud")


def handling_words(tlp: str, *marks: str) -> str:
    """Return a label as one text: TLP:AMBER cn pk."""
    return " ".join((f"TLP:{tlp}", *marks))


def handling_of(opened: OpenedBulletin) -> str:
    return handling_words(opened.tlp, *opened.releasable_to, *opened.caveats)


def about_bulletin(
    desk: Desk, act: str, opened: OpenedBulletin, to: Sequence[str] = ()
) -> Signing:
    """Without `to`, it is for all who have it."""
    row, by = opened.row, desk.link().officer
    every = {name for name, _ in opened.recipients} | {row.desk}
    return Signing(
        by,
        act,
        (row.mode,),
        (row.precedence,),
        handling_of(opened),
        to or sorted(every - {by.partition("@")[2], ""}),
        [About(name_of(row), row.subject, row.lang)],
    )


def of_review(review: Review, about: About, act: str = "", by: str = "") -> Signing:
    """Return the Signing of a reviewed bulletin: `about`, and by its author.

    `act` and `by` instead name a step upon it, and that step's officer.
    """
    draft = review.draft
    to = [*draft.to, *draft.info, *filter(None, (draft.review,))]
    by, act = by or review.signer, act or draft.kind.labels[lang()]
    return of_header(draft, by, act, to, [about, *refer(review.about)])


def of_header(
    header: "env.Core | Draft",
    by: str,
    act: str,
    to: Sequence[str],
    about: Sequence[About],
) -> Signing:
    tlp = env.Tlp.Name(header.tlp).removeprefix("TLP_")
    return Signing(
        by,
        act,
        (env.Mode.Name(header.mode).removeprefix("MODE_"),),
        (env.Precedence.Name(header.precedence).removeprefix("PRECEDENCE_"),),
        handling_words(tlp, *header.releasable_to, *header.caveats),
        to,
        about,
    )


def translation_words(into: str, state: str) -> str:
    here = lang()
    how = say("not reviewed")
    if state != "TRANSLATED":
        how = code_label("translation_state", state or INITIAL, here)
    said = say("{language} translation")
    return said.format(language=code_label("language", into, here)) + ASIDE[
        here
    ].format(how)


def refer(found: Iterable[Neighbour]) -> Iterator[About]:
    for one in found:
        relation = code_label("relation", one.relation, lang())
        if one.row is None:
            yield About(f"{relation} {say('missing text')}")
        else:
            words = f"{relation} {name_of(one.row)}"
            yield About(words, one.row.subject, one.row.lang)


def about_many(desk: Desk, act: str, bulletins: Sequence[OpenedBulletin]) -> Signing:
    rows = [one.row for one in bulletins]
    return Signing(
        desk.link().officer,
        act,
        {row.mode for row in rows},
        {row.precedence for row in rows},
        AMONG[lang()].join(sorted(set(map(handling_of, bulletins)))),
        sorted({row.desk for row in rows} - {""}),
        [About(say_n("{n} bulletin", "{n} bulletins", len(rows)))],
    )


def _join(*words: str) -> str:
    return BETWEEN.join(filter(None, words))


def _addressed(desks: Sequence[str]) -> str:
    if not desks:
        return ""
    more = f" +{len(desks) - DESKS_NAMED}" if len(desks) > DESKS_NAMED else ""
    named = AMONG[lang()].join(desks[:DESKS_NAMED])
    return say("to {desks}").format(desks=f"{named}{more}")


def _subject(one: About) -> Sequence[Text]:
    if not one.subject:
        return ()
    return [Text(one.subject, one.lang, gutter=True, cut=True)]
