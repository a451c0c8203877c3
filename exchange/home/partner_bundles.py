"""The import of a partner's bundle, and the proof needed for a new log in it."""

from collections.abc import Mapping
from enum import Enum
from pathlib import Path

from exchange import config
from exchange.config import NodeHome, Part
from exchange.errors import Reason, Refusal
from exchange.home.trust_files import install_bundle, parts_of
from exchange.input_file import read_file
from exchange.ledger import checkpoint, fork
from exchange.trust import bundle as bundles
from exchange.trust.bundle import Bundle
from exchange.trust.bundle_succession import accept, needs_comparison
from exchange.words import say


class Comparison(Enum):
    NONE = "none"
    """Not needed: the roots are known here."""
    CONFIRMED = "confirmed"
    """A nation's first bundle: officers read the number aloud, and one confirms."""
    TYPED = "typed"
    """New roots of a nation: two officers type the number that the partner reads."""


def check_partner(home: Path, new: Bundle) -> Comparison:
    """Return how officers must compare a bundle's safety number first.

    Raises Refusal if it may not replace the current one, even after a comparison.
    """
    found = parts_of(home.expanduser())
    if not found:
        raise Refusal(Reason.HOME, say("node, desk or auditor"), config.absent(home))
    held = [bundles.load_all(part.trust).get(new.domain) for part in found]
    for part, one in zip(found, held, strict=True):
        accept(new, one, compared=True)
        if one is not None:
            _check_continued(part, one, new)
    if any(one is not None and needs_comparison(new, one) for one in held):
        return Comparison.TYPED
    return Comparison.CONFIRMED if None in held else Comparison.NONE


def install_partner(home: Path, data: bytes, *, compared: bool = False) -> Bundle:
    """Install it in all parts of a home, without asking.

    `compared` says that two officers compared the safety number of its new roots.
    Raises Refusal before anything is written: BUNDLE | SERIAL; HOME if the home has no
    part.
    """
    new = bundles.read(data)
    check_partner(home, new)
    for part in parts_of(home.expanduser()):
        install_bundle(part.trust, new, compared=compared)
    return new


def check_ended(node: NodeHome, origin: str, pinned: Mapping[str, Bundle]) -> None:
    """Raise Refusal(MISSING) unless a home can show that a log has ended.

    By the proof of a fork, or the end agreed by operators.
    """
    keys = [key for b in pinned.values() for key in b.log_keys(origin)]
    path = config.fork_proof(node.evidence, origin)
    end = config.agreed_end(node.evidence, origin)
    if path.exists():
        fork.verify(read_file(path), keys)
    elif end.exists():
        checkpoint.verify_head(read_file(end), keys)
    else:
        raise Refusal(Reason.MISSING, say("a proof that {log} is forked", log=origin))


def _check_continued(part: Part, bundle: Bundle, new: Bundle) -> None:
    """Raise Refusal(MISSING) for a log n + 1 if log n has not ended here.

    Importing such an edition is the partner's consent; a desk and an auditor have no
    proof and follow their node.
    """
    for name, node in bundle.nodes.items():
        more = new.nodes[name].origins[-1] != node.origins[-1]
        if more and isinstance(part, NodeHome):
            check_ended(part, node.origins[-1], {bundle.domain: bundle})
