"""The record of the trust bundles that a node went by: `node/editions`.

    {"cn": 7, "pk": 3}      by nation the newest edition

A bundle that was put back to an earlier edition while the node was stopped, by hand or
from a backup, takes revocations back, and keys; so the node does not begin with it. A
record that is missing or does not read says nothing: it is written at the next start.
"""

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from exchange import config
from exchange.config import NodeHome
from exchange.errors import Reason, Refusal, Why
from exchange.trust.bundle import SUFFIX, Bundle
from keys import files
from keys.errors import KeyFileError


class EditionRecord:
    """The newest edition of each nation's bundle, as a node last went by it."""

    def __init__(self, place: NodeHome) -> None:
        self._place = place
        self._newest = _read(place.editions)

    def check(self, bundles: Mapping[str, Bundle]) -> None:
        """Raise Refusal(SERIAL) for a bundle that is older than one that was here."""
        for domain, bundle in bundles.items():
            newest = self._newest.get(domain, 0)
            if bundle.serial < newest:
                why = Why(
                    "edition {held}, and edition {newest} was here: import that again,"
                    " or a later one",
                    held=str(bundle.serial),
                    newest=str(newest),
                )
                file = config.short(self._place.trust / f"{domain}{SUFFIX}")
                where = f"{self._place.folder.name}/{file}"
                raise Refusal(Reason.SERIAL, where, why)

    def keep(self, bundles: Iterable[Bundle]) -> None:
        """Record that the node goes by these; where it cannot, at another time."""
        newest = self._newest | {bundle.domain: bundle.serial for bundle in bundles}
        if newest != self._newest:
            with suppress(KeyFileError):  # a full disk: the next start writes it
                files.replace(self._place.editions, json.dumps(newest).encode())
                self._newest = newest


def _read(path: Path) -> dict[str, int]:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {str(name): one for name, one in found.items() if isinstance(one, int)}
