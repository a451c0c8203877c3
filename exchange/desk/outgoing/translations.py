"""Compose the envelope of a translation; nothing is sent here."""

from exchange.bulletin import content as bulletin
from exchange.bulletin.attestations import attest, check_attested
from exchange.bulletin.translation_model import with_signer
from exchange.bulletin.translations import check_persons, check_translation
from exchange.desk.incoming.relations import About, Authors
from exchange.desk.officer import Officer
from exchange.desk.outgoing.composer import Composer, Prepared, with_own_key
from exchange.errors import Reason, Refusal
from exchange.v1 import bulletin_pb2


def of_file(
    translation: bulletin_pb2.Translation,
    source: bulletin_pb2.Content,
    officer: Officer,
) -> bulletin_pb2.Translation:
    """Sign a checked draft's translation as far as its sender can.

    1. He answers for it in the place that the file left open; `compose` checks that he
       may.
    2. The checks find nothing against its claimed states, apart from confirmed
       findings: Refusal(TRANSLATION, "s1 SPAN").
    """
    # 1
    translation = with_signer(translation, officer.name)
    from exchange.translation.reader_findings import (  # noqa: PLC0415  seldom
        against,
    )

    # 2
    for findings in against(
        bulletin.encode(source), bulletin.encode(translation)
    ).values():
        raise findings[0].refusal()
    return attest(bulletin_pb2.Translation(), translation, officer.name, officer.signer)


def compose(  # noqa: PLR0913, PLR0917 - who translates what of whom, and by which keys
    composer: Composer,
    officer: Officer,
    name: bytes,
    about: About,
    translation: bulletin_pb2.Translation,
    authors: Authors,
    now: int,
) -> Prepared:
    """Seal and sign a translation at `now` (ms UTC).

    1. The message is here with its text.
    2. It keeps the rules of its source, its signer answers for it, and each officer it
       names has signed his part: Refusal names the field.
    """
    # 1
    if about.content is None:
        raise Refusal(Reason.CONTENT, name.hex()[:16])
    # 2
    authors = with_own_key(authors, officer)
    author = officer.name
    source, precedence = bulletin.decode(about.content), about.core.precedence
    check_translation(source, translation, "translation", precedence)
    check_persons(translation, author)
    check_attested(translation, author, lambda who, kid: authors(who, kid, now))
    return composer.translation(name, about, translation)
