"""The bulletin that stands in the place of another one."""

from exchange.bulletin import content as bulletin
from exchange.desk.mailbox import Mailbox
from exchange.v1 import bulletin_pb2 as pb

MENDING = frozenset({"CORRECTS", "SUPERSEDES"})


def successor(mailbox: Mailbox, name: bytes) -> bytes | None:
    """Return the last that corrects or supersedes a bulletin; None where it stands.

    From one to the next, each once: a partner may let them go round.
    """
    seen, last = {name}, name
    while True:
        links = [x for x in mailbox.references.marking([last]) if x.relation in MENDING]
        new = [link.name for link in links if link.name not in seen]
        if not new:
            return last if last != name else None
        last = new[-1]
        seen.add(last)


def successor_content(mailbox: Mailbox, name: bytes) -> pb.Content | None:
    """Return its content, if there is one and it opened."""
    last = successor(mailbox, name)
    if last is None:
        return None
    content = mailbox.messages.read(last).content
    return bulletin.decode(content) if content is not None else None
