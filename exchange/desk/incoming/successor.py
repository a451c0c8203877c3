"""The successor of a bulletin: the last one that corrects or supersedes it."""

from exchange.bulletin import content as bulletin
from exchange.desk.mailbox import Mailbox
from exchange.v1 import bulletin_pb2 as pb


def successor_content(mailbox: Mailbox, name: bytes) -> pb.Content | None:
    """Return None without a successor, or if it did not open."""
    last = mailbox.references.successor(name, {})
    content = mailbox.messages.read(last).content if last != name else None
    return bulletin.decode(content) if content is not None else None
