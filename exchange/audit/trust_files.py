"""The auditor's trust files: all the keys that an audit needs."""

from collections.abc import Iterable, Mapping

from exchange.errors import Reason, Refusal
from exchange.trust import bundle as bundles
from exchange.trust import names
from exchange.trust.bundle import Bundle
from exchange.words import say


def load(files: Iterable[tuple[str, bytes]]) -> dict[str, Bundle]:
    """Return them by nation, from (name, bytes) of files.

    1. Each is one nation's bundle, signed by its roots (BUNDLE).
    2. One per nation: the smaller of two serials is refused (SERIAL), and so are two
       files of one serial, or of roots that did not follow each other (BUNDLE).

    Certificates are not checked: they expire before a history stops being verified.
    Each Refusal names the file.
    """
    pinned: dict[str, tuple[str, Bundle]] = {}
    for name, data in files:
        # 1
        try:
            bundle = bundles.read(data)
        except Refusal as refusal:
            raise Refusal(Reason.BUNDLE, f"{name}: {refusal.where}") from None
        # 2
        held = pinned.get(bundle.domain)
        if held is not None:
            _check_beside(name, bundle, *held)
        pinned[bundle.domain] = name, bundle
    return {domain: bundle for domain, (_, bundle) in sorted(pinned.items())}


def check_needed(pinned: Mapping[str, Bundle], origins: Iterable[str]) -> None:
    """Raise Refusal unless the files are those of the logs' nations.

    An extra nation would have to cosign as well, so it is allowed only if all logs are
    of one nation, which may not have met another. NOT_PINNED with a log whose nation
    has no file, BUNDLE with a nation that has no log here.
    """
    nations = set()
    for origin in origins:
        nation = names.domain_of(origin.partition(".fusion/")[0])
        nations.add(nation)
        if nation not in pinned:
            where = say("{log}: no trust file of that nation", log=origin)
            raise Refusal(Reason.NOT_PINNED, where)
    for domain in pinned:
        if domain not in nations and len(nations) > 1:
            where = say("trust file of {nation}, which has no log", nation=domain)
            raise Refusal(Reason.BUNDLE, where)


def check_listed(pinned: Mapping[str, Bundle], node: str) -> None:
    """Raise Refusal(NOT_PINNED) if no trust file lists it."""
    if not any(node in bundle.nodes for bundle in pinned.values()):
        raise Refusal(Reason.NOT_PINNED, node)


def _check_beside(name: str, new: Bundle, other: str, known: Bundle) -> None:
    if new.data == known.data:
        return
    first, last = sorted((new, known), key=lambda one: one.serial)
    line, continued = (*first.earlier, first.pair), (*last.earlier, last.pair)
    if new.serial == known.serial or continued[: len(line)] != line:
        where = say("{file}: contradicts {other}", file=name, other=other)
        raise Refusal(Reason.BUNDLE, where)
    older = name if new.serial < known.serial else other
    raise Refusal(Reason.SERIAL, older)
