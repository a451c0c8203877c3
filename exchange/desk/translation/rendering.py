"""A translation becomes an envelope that its readers accept; nothing is sent here."""

from exchange.bulletin import content as bulletin
from exchange.bulletin.translated import answered_for
from exchange.bulletin.translations import check_persons, check_translation
from exchange.desk.incoming.opening import ACCEPTED, Found
from exchange.desk.incoming.relations import About, check_rendering
from exchange.desk.mailbox import Mailbox, Translation
from exchange.desk.outgoing.composing import Composer, Prepared
from exchange.desk.translation.remembering import learn
from exchange.errors import Reason, Refusal
from exchange.v1 import bulletin_pb2


def compose(
    composer: Composer,
    officer: str,
    name: bytes,
    about: About,
    said: bulletin_pb2.Translation,
) -> Prepared:
    """Seal and sign a translation of the message of that name.

    1. The message is here with its text; the signer answers for the translation.
    2. It keeps the rules of its source: Refusal names the field.
    3. Its readers, who judge by what is sealed, will come to the same.
    """
    # 1
    if about.content is None:
        raise Refusal(Reason.CONTENT, name.hex()[:16])
    said = answered_for(said, officer)
    # 2
    source, precedence = bulletin.decode(about.content), about.core.precedence
    check_translation(source, said, "translation", precedence)
    check_persons(said, officer)
    # 3
    made = composer.translation(name, about.core, said)
    entry, content = made.envelope.entry, made.content
    seen = Found(made.name, entry, made.core, officer, ACCEPTED, content, made.cek)
    check_rendering(seen, about)
    return made


def keep(
    mailbox: Mailbox, about: bytes, made: Prepared, officer: str, now: int
) -> None:
    """Keep, learn from and queue a translation; within the caller's transaction."""
    said = bulletin.decode_translation(made.content)
    mailbox.enqueue(made.envelope, made.name, now)
    mailbox.put_translation(
        Translation(
            name=made.name,
            about=about,
            lang=said.lang,
            state=said.state,
            origin=said.origin,
            author=officer,
            filed=made.core.filed,
            entry=made.envelope.entry,
            content=made.content,
            cek=made.cek,
        )
    )
    learn(mailbox, about, made.core, said, officer)
