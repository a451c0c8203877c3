"""The name of a message for people: its place, else the start of its hex name."""

from exchange.desk.mailbox import Mailbox
from exchange.desk.remarks import subject

DIGITS = 16  # hexadecimal, for a message without a place here; commands accept them too


def spoken_name(mailbox: Mailbox, name: bytes, digits: int = DIGITS) -> str:
    """Return `islamabad.pk#412`, or so many digits before it is in a log or here."""
    for row in mailbox.messages.find_rows([name]):
        if row.index is not None:
            return f"{mailbox.logs.name(row.origin)}#{row.index}"
    return name.hex()[:digits]


def spoken_title(mailbox: Mailbox, lang: str, name: bytes) -> str:
    """Return `islamabad.pk#412 Bridge closed`; a partner wrote the subject."""
    rows = mailbox.messages.find_rows([name])
    said = [subject(row, lang).replace("\n", "\u240a") for row in rows]
    return " ".join((spoken_name(mailbox, name), *said))
