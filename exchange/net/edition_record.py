"""The record of the trust bundles that a node went by: `node/editions`.

    {"cn": 7, "pk": 3}      the newest edition by nation

A bundle put back to an earlier edition while the node was stopped, by hand or from a
backup, would undo revocations and drop keys; the node refuses to start with it. A
missing or unreadable record is ignored and written at the next start.
"""

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from exchange.config import NodeHome
from exchange.trust.bundle import Bundle
from exchange.trust.bundle_succession import check_not_older, newest_of, read_newest
from keys import files
from keys.errors import KeyFileError


class EditionRecord:
    def __init__(self, place: NodeHome) -> None:
        self._place = place
        self._newest: Mapping[str, int] = _read(place.editions)

    def check(self, bundles: Mapping[str, Bundle]) -> None:
        trust = self._place.trust.relative_to(self._place.folder.parent)
        check_not_older(bundles, self._newest, str(trust))

    def keep(self, bundles: Iterable[Bundle]) -> None:
        """Retry a failed write at the next start only."""
        newest = newest_of(bundles, self._newest)
        if newest != self._newest:
            with suppress(KeyFileError):  # a full disk: the next start writes it
                files.replace(self._place.editions, json.dumps(newest).encode())
                self._newest = newest


def _read(path: Path) -> dict[str, int]:
    try:
        return read_newest(path.read_bytes())
    except OSError:
        return {}
