"""A draft or translation as its readers will see it in each language."""

from collections.abc import Iterator, Mapping, Sequence

from exchange.bulletin.codes import label as code_label
from exchange.bulletin.common_fields import SEGMENTS, SUBJECT
from exchange.bulletin.draft import Draft, acknowledge_by, acknowledgement
from exchange.bulletin.prose_view import ProseText, passages
from exchange.bulletin.punctuation import COLON, WITHIN
from exchange.bulletin.render import parts
from exchange.bulletin.schema import LANGUAGES
from exchange.desk.records import Addressee, Review
from exchange.limits import DAY, SEALING_KEY_LIFE
from exchange.v1 import envelope_pb2 as env
from exchange.v1.bulletin_pb2 import Span
from exchange.words import word
from tui.times import stamp
from tui.widgets.bulletin_context import link_item
from tui.widgets.page import Item, Pair, Text
from tui.widgets.verdict_bar import short
from tui.words import lang, say, say_n

PERSONAL = {
    "EMAIL": word("e-mail address"),
    "IDENTITY_CARD": word("identity card number"),
    "PHONE": word("telephone number"),
    "PASSPORT": word("passport number"),
    "PLATE": word("number plate"),
}


def previews(review: Review) -> Mapping[str, Sequence[Item]]:
    return {one: list(_preview(review, one)) for one in LANGUAGES}


def _preview(review: Review, reader: str) -> Iterator[Item]:
    draft = review.draft
    for part in parts(draft.content, draft, reader):
        if part.title:
            yield Text(part.title, reader, "heading")
        for fact in part.facts:
            if not fact.field.startswith("references."):  # `sealing` names them
                yield Pair(fact.label, fact.value, reader)
    for passage in passages(draft.content, review.translation, reader):
        yield Text("", "")
        yield Text(passage.title, reader, "heading")
        for at, piece in enumerate(passage.pieces):
            yield from _prose(piece, reader, "" if at else "subject")


def _prose(piece: ProseText, reader: str, style: str) -> Iterator[Item]:
    if piece.mark:
        yield Text(f"! {piece.mark}", reader, "unsure")
    for doubt in piece.doubts:
        told = f"{doubt.sign} {doubt.text}"
        yield Text(told, lang(), "bad" if doubt.wrong else "unsure")
    spans = piece.segment.spans if piece.source else ()
    places = tuple((span.text, span.occurrence) for span in spans)
    yield Text(piece.text, piece.lang, style, gutter=True, spans=places)
    if spans:
        said = "; ".join(_span(span, reader) for span in spans)
        yield Text(said, reader, "dim")


def _span(span: Span, reader: str) -> str:
    kind = code_label("span", span.kind, reader)
    if span.kind == "PLACE":
        value = code_label("site", span.value, reader)
    else:
        value = span.value
    return f"{kind} {span.text}" + (
        f" = {value}" if value not in {"", span.text} else ""
    )


def sealing(review: Review) -> list[Item]:
    here, draft = lang(), review.draft
    items: list[Item] = []
    if review.draws:
        drawn = say_n(
            "One of {n} route will be drawn when this is signed; only its hash goes.",
            "One of {n} routes will be drawn when this is signed; only its hash goes.",
            review.draws,
        )
        items.append(Text(f"! {drawn}", here, "unsure"))
    if draft.references:
        strict = say(
            "The label is at least as strict as those of the bulletins it refers to."
        )
        items.append(Text(f"✔ {strict}", here, "good"))
        items += map(link_item, review.about)
    if review.translation is None:
        items.append(_asked(draft, review.at))
    items += [_addressee(one, review.at) for one in review.addressees]
    signer = f"{review.signer}  {short(review.kid)}"
    items.append(Pair(say("Signed by"), signer, "en", "", here))
    items.append(Pair(say("Sealed size"), f"{review.size:,} B", "en", "", here))
    return items


def _asked(draft: Draft, now: int) -> Item:
    here, until = lang(), acknowledge_by(draft.content, now)
    value = code_label("acknowledge", acknowledgement(draft.content), here)
    if until:
        value = WITHIN[here].join((value, f"{say('until')} {stamp(until)}"))
    return Pair(say("Acknowledgement asked"), value, here)


def _addressee(addressee: Addressee, now: int) -> Item:
    here, age = lang(), now - addressee.key.valid_from
    old = say_n("key {n} day old", "key {n} days old", max(age, 0) // DAY)
    style = "unsure" if age > SEALING_KEY_LIFE else ""
    class_ = env.RecipientClass.Name(addressee.recipient_class)
    title = code_label("recipient_class", class_.removeprefix("RECIPIENT_CLASS_"), here)
    return Pair(
        title, f"{addressee.desk}  {short(addressee.key.kid)}  {old}", here, style
    )


def finding(key: str) -> str:
    where, _, kind = key.rpartition(" ")
    head, _, at = where.removesuffix(".text").partition(".")
    one = {"subject": SUBJECT, "segments": SEGMENTS}.get(head)
    place = one.labels[lang()] if one else where
    number = f" {int(at) + 1}" if at.isdecimal() else ""
    return COLON[lang()].join((f"{place}{number}", say(PERSONAL.get(kind, kind))))
