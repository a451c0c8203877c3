"""The pairing of a home with a partner, for an officer at a terminal.

As `fusion trust`: export the own bundle, import a partner's, and compare the safety
number in between.
"""

from collections.abc import Sequence
from pathlib import Path

from exchange.atomic_file import atomic, new_path, typed_path
from exchange.desk.home_records import SeenBundle
from exchange.errors import Reason, Refusal, Why
from exchange.home.partner_bundles import (
    Comparison,
    check_partner,
    install_partner,
)
from exchange.home.trust_files import held_bundles, own_bundle
from exchange.input_file import read_file
from exchange.limits import BUNDLE_MAX
from exchange.trust import bundle as bundles
from exchange.trust.safety_number import safety_number

_TWO_TYPE = Why(
    "new roots: two officers type the number that is read to them; run fusion trust"
    " import"
)
_OWN = Why("this is your own nation's bundle; take the one that the partner gave you")


class HomePairing:
    """A `desk.home_records.Pairing` over the files of a home."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def partners(self) -> Sequence[str]:
        own = own_bundle(self._home).domain
        return [domain for domain in held_bundles(self._home) if domain != own]

    def number(self, domain: str) -> str:
        """Raise Refusal(NOT_PINNED)."""
        held = held_bundles(self._home)
        if domain not in held:
            raise Refusal(Reason.NOT_PINNED, domain)
        return safety_number(own_bundle(self._home), held[domain])

    def own(self) -> tuple[str, int]:
        own = own_bundle(self._home)
        return own.domain, own.serial

    def write_own(self, path: str) -> None:
        write_new(path, own_bundle(self._home).data)

    def read_partner(self, path: str) -> SeenBundle:
        """Raise Refusal if one officer may not import it."""
        own = own_bundle(self._home)
        new = bundles.read(read_file(typed_path(path), BUNDLE_MAX))
        if new.domain == own.domain:
            raise Refusal(Reason.BUNDLE, path, _OWN)
        needed = check_partner(self._home, new)
        if needed is Comparison.TYPED:
            raise Refusal(Reason.BUNDLE, new.domain, _TWO_TYPE)
        number = "" if needed is Comparison.NONE else safety_number(own, new)
        return SeenBundle(new.domain, new.serial, number, new.data)

    def trust_partner(self, seen: SeenBundle) -> None:
        install_partner(self._home, seen.data)


def write_new(path: str, data: bytes) -> None:
    with atomic(new_path(path)) as file:
        file.write(data)
