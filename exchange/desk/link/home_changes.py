"""The home of an open desk: changes that operators' commands made since.

A file that is damaged, or may not replace the current one, changes nothing.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from exchange.bulletin.codes import learn_nations
from exchange.config import DeskHome
from exchange.config.file_stamps import Stamp, stamp_of
from exchange.desk import officer as officers
from exchange.desk.link.connect import connect
from exchange.desk.mailbox import Mailbox
from exchange.desk.officer import Officer
from exchange.desk.pinned_logs import Pinned
from exchange.errors import Refusal
from exchange.net.desk_client import NodeClient
from exchange.trust import bundle as bundles
from exchange.trust import names
from exchange.trust.bundle import Bundle
from exchange.trust.bundle_succession import (
    accept,
    check_not_older,
    newest_of,
    read_newest,
)

_EDITIONS = "editions"  # the setting: by nation the newest edition, in JSON


def check_editions(mailbox: Mailbox, pinned: Pinned) -> None:
    """Raise Refusal(SERIAL) for a bundle older than this desk had.

    As a node does (`net.edition_record`).
    """
    before = read_newest(mailbox.settings.get(_EDITIONS, "{}"))
    check_not_older(pinned.bundles, before, "desk/trust")
    newest = newest_of(pinned.bundles.values(), before)
    if newest != before:
        mailbox.settings.set(_EDITIONS, json.dumps(newest))


class Changes(Struct, frozen=True):
    key: bool = False
    bundles: bool = False
    client: NodeClient | None = None


NO_CHANGES = Changes()


class HomeChanges:
    def __init__(self, home: DeskHome) -> None:
        """Record the files before they are read, so no change between is missed."""
        self._home = home
        self._known: dict[Path, Stamp | None] = dict(self._stamps(self._way_files()))

    def look(self, officer: Officer, pinned: Pinned, client: object) -> Changes:
        """Apply the changes of the home.

        The caller locks `officer` and `pinned` meanwhile, and rebuilds the directories
        of `pinned` if bundles were taken up.
        """
        key = self._changed(self._officer_files(officer)) and self._renew(officer)
        if not self._changed(self._way_files()):
            return Changes(key)
        return Changes(key, self._take_bundles(pinned), self._other_way(client))

    def _officer_files(self, officer: Officer) -> list[Path]:
        short = officer.name.partition("@")[0]
        return [self._home.officer_key(short), self._home.granted_key(short)]

    def _way_files(self) -> list[Path]:
        home = self._home
        imported = home.trust.glob(f"*{bundles.SUFFIX}")
        return [home.config, home.tls_key, home.tls_cert, *sorted(imported)]

    def _stamps(self, files: list[Path]) -> Iterator[tuple[Path, Stamp | None]]:
        for path in files:
            yield path, stamp_of(path)

    def _changed(self, files: list[Path]) -> bool:
        now = dict(self._stamps(files))
        changed = any(
            path not in self._known or self._known[path] != one
            for path, one in now.items()
        )
        self._known |= now
        return changed

    def _renew(self, officer: Officer) -> bool:
        before = officer.signer.kid
        with suppress(Refusal):  # the passphrase was changed: keep the current key
            officers.renew(self._home, officer)
        return officer.signer.kid != before

    def _take_bundles(self, pinned: Pinned) -> bool:
        taken: list[Bundle] = []
        for path in sorted(self._home.trust.glob(f"*{bundles.SUFFIX}")):
            with suppress(Refusal):
                read = bundles.load(path)
                held = pinned.bundles.get(read.domain)
                # Its importer had the safety number of new roots compared.
                if accept(read, held, compared=True) is not held:
                    taken.append(read)
        if taken:
            pinned.renew(taken)
            learn_nations(map(names.domain_of, pinned))
        return bool(taken)

    def _other_way(self, client: object) -> NodeClient | None:
        """Return None if the keys are the same; calls of the old client finish."""
        if not isinstance(client, NodeClient):
            return None
        try:
            other = connect(self._home.folder.parent)
        except Refusal:
            return None
        if other.shown != client.shown:
            return other
        other.close()
        return None
