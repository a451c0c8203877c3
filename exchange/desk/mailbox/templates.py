"""Named templates of a desk: bulletins to begin with."""

from typing import NamedTuple

from msgspec import Struct

from exchange.bulletin.prose import nfc
from exchange.desk.mailbox.database import MailboxDatabase
from exchange.errors import Reason, Refusal, Why
from exchange.limits import DRAFT_MAX, TEMPLATE_NAME_MAX, TEMPLATES_MAX

DEFAULTS = ""
"""The name of the defaults for every new bulletin of the desk, which is no template."""

_NAME = Why(
    "a name has 1 to {n} printable characters; type another", n=TEMPLATE_NAME_MAX
)
_MANY = Why("{n} templates are kept; forget one first", n=TEMPLATES_MAX)
_LONG = Why("a template may have at most {n} bytes; shorten it", n=DRAFT_MAX)


class Template(NamedTuple):
    """A form under a name; only the terminal reads its text."""

    name: str
    text: str


class Templates(Struct, frozen=True):
    """Templates shared by the desk's officers in its mailbox, never sent."""

    _db: MailboxDatabase

    def all(self) -> list[Template]:
        """Return them by name; DEFAULTS comes first."""
        rows = self._db.select("SELECT name, data FROM template ORDER BY name")
        return [Template(name, data.decode("utf-8", "replace")) for name, data in rows]

    def save(self, name: str, text: str) -> None:
        """Save or replace a template.

        Raises Refusal: FIELD_VALUE for a name that is empty, too long or not printable,
        TOO_LONG over DRAFT_MAX bytes or TEMPLATES_MAX.
        """
        name, data = _checked(name), text.encode()
        if len(data) > DRAFT_MAX:
            raise Refusal(Reason.TOO_LONG, "template", _LONG)
        with self._db.transaction():
            self._db.insert("template", (name, data), "REPLACE")
            (kept,) = self._db.select_one(
                "SELECT count(*) FROM template WHERE name != ''"
            )
            if kept > TEMPLATES_MAX:
                raise Refusal(Reason.TOO_LONG, "templates", _MANY)

    def drop(self, name: str) -> None:
        with self._db.transaction():
            self._db.write("DELETE FROM template WHERE name = ?", (name,))


def _checked(name: str) -> str:
    if name == DEFAULTS:
        return name
    name = nfc(name.strip())
    if not (0 < len(name) <= TEMPLATE_NAME_MAX and name.isprintable()):
        raise Refusal(Reason.FIELD_VALUE, "template", _NAME)
    return name
