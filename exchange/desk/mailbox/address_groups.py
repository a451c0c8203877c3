"""Named groups of desks that are addressed together."""

from collections.abc import Sequence

from msgspec import Struct

from exchange.bulletin.prose import nfc
from exchange.desk.mailbox.database import MailboxDatabase
from exchange.desk.records import AddressGroup
from exchange.errors import Reason, Refusal, Why
from exchange.limits import GROUP_NAME_MAX, GROUPS_MAX, RECIPIENTS_MAX

WHERE = "address group"
_NAME = Why(
    "a name has 1 to {n} characters, no blank at its ends and no @; type another",
    n=GROUP_NAME_MAX,
)
_DESKS = Why("an address group has at most {n} desks; take some out", n=RECIPIENTS_MAX)
_MANY = Why("{n} address groups are kept; delete one first", n=GROUPS_MAX)
_UNKNOWN = Why("no such address group; fusion desk group list names them")


class AddressGroups(Struct, frozen=True):
    _db: MailboxDatabase

    def save(self, name: str, desks: Sequence[str]) -> None:
        """Save or replace a group; duplicate desks count once.

        Raises Refusal: FIELD_VALUE for the name, TOO_LONG for too many desks or groups.
        """
        name, members = check_name(name), tuple(dict.fromkeys(desks))
        if len(members) > RECIPIENTS_MAX:
            raise Refusal(Reason.TOO_LONG, WHERE, _DESKS)
        with self._db.transaction():
            self._db.insert("address_group", (name, " ".join(members)), "REPLACE")
            if len(self.all()) > GROUPS_MAX:
                raise Refusal(Reason.TOO_LONG, f"{WHERE}s", _MANY)

    def all(self) -> list[AddressGroup]:
        rows = self._db.select("SELECT name, desks FROM address_group ORDER BY name")
        return [AddressGroup(name, tuple(desks.split())) for name, desks in rows]

    def find(self, name: str) -> AddressGroup:
        """Raise Refusal(NOT_FOUND) if unknown."""
        for group in self.all():
            if group.name == nfc(name.strip()):
                return group
        raise Refusal(Reason.NOT_FOUND, name, _UNKNOWN)

    def drop(self, name: str) -> None:
        """Raise Refusal(NOT_FOUND) if unknown."""
        with self._db.transaction():
            found = self.find(name)
            self._db.write("DELETE FROM address_group WHERE name = ?", (found.name,))


def check_name(name: str) -> str:
    """Return it normalized; Refusal(FIELD_VALUE)."""
    made = nfc(name.strip())
    fits = 0 < len(made) <= GROUP_NAME_MAX and made.isprintable() and "@" not in made
    if not fits:
        raise Refusal(Reason.FIELD_VALUE, WHERE, _NAME)
    return made
