"""Whether a recall applies to an entry of its log; pure, by signed headers alone."""

from exchange.trust import names
from exchange.trust.directory import Directory
from exchange.trust.statements import AUTHOR
from exchange.v1 import envelope_pb2 as pb


def takes_back(
    recall: pb.Core, name: bytes, target: pb.Core, directory: Directory
) -> bool:
    """Return whether an ACCEPTED recall applies to the entry of that name.

    1. It is a recall, and names the entry.
    2. Both authors are of one desk, by the directory of their log.
    """
    # 1
    named = {
        reference.name
        for reference in recall.references
        if reference.relation == pb.RELATION_RECALLS
    }
    if recall.kind != pb.KIND_RECALL or name not in named:
        return False
    # 2
    desk = _author_desk(directory, target)
    return bool(desk) and _author_desk(directory, recall) == desk


def _author_desk(directory: Directory, core: pb.Core) -> str:
    author = directory.signer(AUTHOR, core.author)
    return names.desk_of(author.subject) if author else ""
