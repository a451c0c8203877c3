"""The keys of an officer's desk and home, for a terminal: listed, renewed, changed.

Each action is that of `fusion keys`; for others it names the command.
"""

from collections.abc import Sequence
from pathlib import Path

from exchange import config
from exchange.bulletin.values import iso
from exchange.desk.client import Desk
from exchange.desk.home_records import HomeKey
from exchange.errors import Refusal, Unreachable, Why
from exchange.home import passphrases, renewal, renewal_lines, revocation
from exchange.home.key_table import HeldKey, listed_keys
from exchange.home.nation_renewal import UnlockedNation
from exchange.trust.lives import days_left
from exchange.words import say
from keys import tls
from keys.errors import BadCertificate

SEALING_SHOWN = 3  # the desk's newest sealing keys
SEALING_PLACE = "desk/sealing.keys"
_OLDER_RING = Why(
    "older than one that was here; put the newer one back, or if it is lost run fusion"
    " keys rotate"
)
NO_COMMAND = ("root", "issuer", "tls-ca")


class HomeKeys:
    """A `desk.home_records.KeyCabinet` over a home and its open desk."""

    def __init__(self, home: Path, desk: Desk) -> None:
        self._home, self._desk = home, desk
        self._officer = desk.officer.name
        self._short = desk.officer.name.partition("@")[0]

    def list_keys(self) -> Sequence[HomeKey]:
        """Return those of `fusion keys list`, and the desk's sealing keys."""
        now = self._desk.clock()
        found = [self._line(key, now) for key in listed_keys(self._home)]
        every = [*found, *self._sealing(now)]
        return sorted(every, key=lambda one: (not one.own, one.role, one.name))

    def _line(self, key: HeldKey, now: int) -> HomeKey:
        life, kid = key.life, key.kid.hex()
        days = None if life is None else days_left(life, now)
        own = key.name in (self._officer, self._desk.officer.desk)
        return HomeKey(
            key.role,
            key.name,
            kid,
            config.short(key.path),
            key.token,
            life.begins if life else 0,
            life.ends if life else 0,
            days,
            life.command if life and days is not None else "",
            own,
            self._revoke(key.role, key.name, kid, now),
            self._revoked(key.kid, key.name),
        )

    def _revoke(self, role: str, name: str, kid: str, now: int) -> str:
        if role in NO_COMMAND:
            return ""
        where = f" --home {self._home}" if self.has_nation() else ""
        return (
            f"fusion keys revoke {_whose(name)} --key {kid} --since {iso(now)}{where}"
        )

    def _revoked(self, kid: bytes, name: str) -> int | None:
        directory = self._desk.pinned.directory(self._desk.officer.node)
        return directory.revoked_since(kid, _whose(name))

    def _sealing(self, now: int) -> list[HomeKey]:
        desk = self._desk.officer.desk
        directory = self._desk.pinned.directory(self._desk.officer.node)
        held = self._desk.officer.openers
        keys = [key for key in directory.sealing_keys(desk) if key.kid in held]
        return [
            HomeKey(
                key.role,
                key.subject,
                key.kid.hex(),
                SEALING_PLACE,
                token=False,
                begins=key.valid_from,
                ends=key.valid_until,
                days=None,
                renew="",
                own=True,
                revoke=self._revoke(key.role, desk, key.kid.hex(), now),
            )
            for key in keys[:SEALING_SHOWN]
        ]

    def renew(self, passphrase: str, *, own: bool) -> Sequence[str]:
        """Renew as `fusion keys renew --all-due`; with `own` as --officer."""
        now = self._desk.clock()
        officers = (self._short,) if own else ()
        renewed = renewal.renew(self._home, passphrase, now, officers)
        return list(renewal_lines.lines(renewed, now))

    def new_sealing_key(self) -> str:
        """State a new key as `fusion keys rotate` does.

        Raises Refusal if the statement would be refused, or the ring is an older one,
        which only the command can override.
        """
        for reason, place in self._desk.own_alarms():
            raise Refusal(reason, place, _OLDER_RING)
        if not self._desk.try_sync():
            raise Unreachable(self._desk.officer.node)
        if self._desk.keep_ring(now_due=True):
            return say("a new sealing key is stated")
        return say("a new sealing key is on its way already")

    def change_passphrase(self, old: str, new: str) -> None:
        """Change it as `fusion keys passwd --officer`; Refusal(KEYSTORE)."""
        with passphrases.open_keystores(self._home, self._short) as keystores:
            keystores.change(keystores.unlock(old), new)

    def revoke(self, key: HomeKey, passphrase: str, since: int) -> Sequence[str]:
        """Revoke a key as `fusion keys revoke --key`, with the nation's passphrase.

        Raises Refusal, with nothing revoked: KEYSTORE for another passphrase,
        FIELD_MISSING if a node is elsewhere.
        """
        place = config.nation_home(self._home)
        with config.hold_lock(place.folder):
            name, kid = _whose(key.name), bytes.fromhex(key.kid)
            targets = revocation.find_targets(place, name, kid)
            now = self._desk.clock()
            nation = UnlockedNation.open(self._home, passphrase, now)
            files = revocation.revoke_targets(nation, targets, since, None)
        return list(revocation.lines(targets, files))

    def has_nation(self) -> bool:
        return (self._home / "nation").is_dir()


def _whose(name: str) -> str:
    """Return the subject; for a certificate the name in its identity."""
    try:
        return tls.parse_spiffe(name).name
    except BadCertificate:
        return name
