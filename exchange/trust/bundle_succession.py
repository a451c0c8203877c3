"""Whether an edition of a nation's trust bundle may replace another.

docs/spec/statements.md, "A later edition". Pure.
"""

import json
from collections.abc import Iterable, Mapping

from exchange.errors import Reason, Refusal, Why
from exchange.trust.bundle import SUFFIX, Bundle, ListedNode, spki_of


def needs_comparison(new: Bundle, held: Bundle | None) -> bool:
    """Return whether two officers must compare the safety number first.

    True for a nation's first bundle and for other roots. A TLS root that the held
    edition lists too is not another root.
    """
    if held is None:
        return True
    overlap = spki_of(new.tls_root) in {spki_of(root) for root in held.tls_roots}
    return new.pair != held.pair or not overlap


def accept(new: Bundle, held: Bundle | None, *, compared: bool = False) -> Bundle:
    """Return the bundle to keep when `new` may replace `held`.

    `compared`: two officers compared the new safety number.

    1. A nation's first bundle is kept as it is: its number was compared.
    2. The same file again changes nothing.
    3. It is of the same nation (BUNDLE).
    4. Other roots were named by the held ones, and were compared (BUNDLE).
    5. The serial grows (SERIAL).
    6. No key needed by history, and no revocation, is removed (BUNDLE).
    """
    # 1
    if held is None:
        return new
    # 2
    if new.data == held.data:
        return held
    # 3
    _demand(new.domain == held.domain, "domain")
    # 4
    line, known = (*new.earlier, new.pair), (*held.earlier, held.pair)
    _demand(line[: len(known)] == known, "roots")
    _demand(compared or not needs_comparison(new, held), "roots")
    # 5
    if new.serial <= held.serial:
        raise Refusal(Reason.SERIAL, new.domain)
    # 6
    for name, node in held.nodes.items():
        _demand(name in new.nodes, name)
        _demand(_keeps(new.nodes[name], node), name)
    _demand(_keeps_revoked(new.revoked, held.revoked), "revoked")
    return new


def check_not_older(
    bundles: Mapping[str, Bundle], newest: Mapping[str, int], folder: str
) -> None:
    """Raise Refusal(SERIAL) for a bundle in `folder` older than a former edition.

    `newest` are the highest serials used before, by nation. An older edition would undo
    revocations.
    """
    for domain, bundle in bundles.items():
        known = newest.get(domain, 0)
        if bundle.serial < known:
            why = Why(
                "edition {held}, and edition {newest} was here: import that again,"
                " or a later one",
                held=str(bundle.serial),
                newest=str(known),
            )
            raise Refusal(Reason.SERIAL, f"{folder}/{domain}{SUFFIX}", why)


def newest_of(
    bundles: Iterable[Bundle], before: Mapping[str, int]
) -> Mapping[str, int]:
    return {**before, **{bundle.domain: bundle.serial for bundle in bundles}}


def read_newest(data: str | bytes) -> dict[str, int]:
    """Return an empty dict if the JSON is damaged."""
    try:
        found = json.loads(data)
    except ValueError:
        return {}
    if not isinstance(found, dict):
        return {}
    return {str(name): one for name, one in found.items() if isinstance(one, int)}


def _keeps(new: ListedNode, held: ListedNode) -> bool:
    return (
        set(held.logs) <= set(new.logs)
        and set(held.cosigners) <= set(new.cosigners)
        and set(held.tls_keys) <= set(new.tls_keys)
        and held.retired.items() <= new.retired.items()
    )


def _keeps_revoked(new: Mapping[bytes, int], held: Mapping[bytes, int]) -> bool:
    """Return whether all stay revoked; a revocation may reach further back."""
    return all(what in new and new[what] <= since for what, since in held.items())


def _demand(right: bool, where: str) -> None:  # noqa: FBT001 - it is what it says
    if not right:
        raise Refusal(Reason.BUNDLE, where)
