"""Bundles, envelopes and requests in the folders of a home."""

from collections.abc import Sequence
from pathlib import Path

from exchange import config
from exchange.config import AuditorHome, DeskHome, NationHome, NodeHome, Part
from exchange.errors import Reason, Refusal, in_home
from exchange.input_file import read_file
from exchange.trust import bundle as bundles
from exchange.trust import names
from exchange.trust.bundle import Bundle
from exchange.trust.bundle_succession import accept
from exchange.trust.enrol import requests
from exchange.v1 import envelope_pb2 as pb
from exchange.v1 import trust_pb2
from exchange.words import say
from keys import files

ENVELOPE, ANSWER = ".envelope", ".answer"


def parts_of(home: Path) -> list[Part]:
    """Return those that exist."""
    found: list[Part] = [
        NodeHome(home / "node"),
        DeskHome(home / "desk"),
        AuditorHome(home / "auditor"),
    ]
    return [part for part in found if part.folder.is_dir()]


def read_request(part: Part) -> trust_pb2.KeyRequest:
    """Return a part's request to its nation; for its next keys while it renews.

    Raises Refusal(INPUT | STATEMENT).
    """
    path = part.renewal if part.renewal.exists() else part.request
    with in_home():
        return requests.read_request(read_file(path))


def read_enrolled(part: Part) -> trust_pb2.KeyRequest:
    """Return that for its current keys; Refusal(INPUT | STATEMENT)."""
    with in_home():
        return requests.read_request(read_file(part.request))


def read_bundle(path: Path) -> Bundle:
    """Raise Refusal(BUNDLE | HOME), naming it."""
    try:
        with in_home():
            return bundles.read(path.read_bytes())
    except OSError:
        raise Refusal(Reason.HOME, config.short(path)) from None
    except Refusal as refusal:
        where = f"{config.short(path)}: {refusal.where}"
        raise Refusal(refusal.reason, where, refusal.why) from None


def install_bundle(folder: Path, new: Bundle, *, compared: bool = False) -> Bundle:
    """Put a bundle into a trust folder if it may replace the current one.

    See `bundle_succession.accept`, also for `compared`.
    """
    path = config.private_folder(folder) / f"{new.domain}{bundles.SUFFIX}"
    held = read_bundle(path) if path.exists() else None
    kept = accept(new, held, compared=compared)
    if kept is not held:
        files.replace(path, kept.data)
    return kept


def own_bundle(home: Path) -> Bundle:
    """Raise Refusal(HOME)."""
    home = home.expanduser()
    nation = NationHome(home / "nation")
    if nation.bundle.is_file():
        return read_bundle(nation.bundle)
    for part in parts_of(home):
        domain = names.domain_of(read_request(part).name)
        path = part.trust / f"{domain}{bundles.SUFFIX}"
        if path.is_file():
            return read_bundle(path)
    raise Refusal(Reason.HOME, say("trust bundle of our own nation"))


def held_bundles(home: Path) -> dict[str, Bundle]:
    """Return them by domain, the node's before the desk's."""
    own = own_bundle(home)
    found = {own.domain: own}
    for part in parts_of(home.expanduser()):
        for domain, bundle in bundles.load_all(part.trust).items():
            found.setdefault(domain, bundle)
    return dict(sorted(found.items()))


def read_envelopes(folder: Path) -> list[pb.Envelope]:
    paths = sorted(folder.glob(f"*{ENVELOPE}"))
    return [pb.Envelope.FromString(path.read_bytes()) for path in paths]


def add_envelopes(folder: Path, envelopes: Sequence[pb.Envelope]) -> None:
    """Write envelopes as 0001.envelope, ...; skip duplicates."""
    paths = list(folder.glob(f"*{ENVELOPE}"))
    known = {path.read_bytes() for path in paths}
    last = max((int(path.stem) for path in paths), default=0)
    written = [one.SerializeToString(deterministic=True) for one in envelopes]
    new = [data for data in dict.fromkeys(written) if data not in known]
    for number, data in enumerate(new, last + 1):
        files.create(folder / f"{number:04}{ENVELOPE}", data)
