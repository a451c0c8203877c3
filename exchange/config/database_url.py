"""A node's database on a server: a URL, and a password file.

    database = "postgresql://fusion@db.example.org/fusion?sslmode=verify-full"
    database_password = "database.password"

The URL is libpq's, with several hosts and any setting, but no secret. The password is
in a file beside config.toml, or libpq finds it: PGPASSWORD, PGPASSFILE, ~/.pgpass, a
service file, a certificate.
"""

import os
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from exchange.config.homes import NodeHome, short
from exchange.config.key_files import refusing
from exchange.config.settings import read_node
from exchange.errors import Reason, Refusal, Why
from keys import files

SCHEMES = {"postgresql", "postgres"}
SECRET = {"password", "sslpassword"}  # settings not allowed in a URL
NOT_UNDERSTOOD = Why(
    "not understood; write it as {example}",
    example="postgresql://fusion@db.example.org/fusion",
)
_PASSWORD = Why(
    "has a password in it; write that into a file of its own, and name it as"
    " database_password"
)
_NO_NAME = Why(
    "names no database; write it after the host: {example}", example="/fusion"
)


@dataclass(frozen=True, slots=True)
class DatabaseUrl:
    """A database on a server; its password is read again for each connection."""

    text: str
    password_file: Path | None = None
    file: Path = field(default=Path("ledger.db"), compare=False)
    """The database file without a URL; old entries are beside it."""
    node: str = field(default="", compare=False)
    """The node with this setting; its database serves no other node. "": unknown."""

    @property
    def name(self) -> str:
        return f"postgresql:{unquote(urlsplit(self.text).path[1:])}"

    @property
    def server_is_unverified(self) -> bool:
        """Whether an attacker on the line could impersonate the server.

        This is impossible on this machine, or with sslmode=verify-full (URL or
        PGSSLMODE).
        """
        parts = urlsplit(self.text)
        settings = {key.lower(): value for key, value in parse_qsl(parts.query)}
        named = settings.get("host") or unquote(parts.netloc.rpartition("@")[2])
        hosts = [_without_port(one) for one in named.split(",")]
        mode = settings.get("sslmode") or os.environ.get("PGSSLMODE", "")
        return mode != "verify-full" and not all(map(_stays_here, hosts))

    def password(self) -> str | None:
        """Return None if libpq is to find it; raise Refusal."""
        if self.password_file is None:
            return None
        with refusing(self.password_file):
            data = files.read(self.password_file)
        try:
            return data.decode().rstrip("\r\n")
        except UnicodeDecodeError:
            raise Refusal(Reason.KEY_FILE, short(self.password_file)) from None


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host if host.count(":") > 1 else host.partition(":")[0]


def _stays_here(host: str) -> bool:
    """Return whether a host is local: a socket's folder, empty, or loopback."""
    if not host or host.startswith(("/", "@")) or host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def database_of(node: NodeHome) -> Path | DatabaseUrl:
    """Raise Refusal naming file and field, as `read_node` does."""
    settings = read_node(node)
    if not settings.database:
        return node.database
    named = settings.database_password
    password_file = node.folder / Path(named).name if named else None
    where = f"{short(node.config)}: database"
    url = read_url(settings.database, where, password_file)
    return replace(url, file=node.database, node=settings.name)


def check_there(place: Path | DatabaseUrl) -> None:
    if isinstance(place, Path) and is_absent(place):
        raise Refusal(Reason.DATABASE, short(place))


def is_absent(place: Path | DatabaseUrl) -> bool:
    return isinstance(place, Path) and not place.is_file()


def read_url(text: str, where: str, password_file: Path | None = None) -> DatabaseUrl:
    """Raise Refusal naming `where`."""
    try:
        parts = urlsplit(text)
        settings = {key.lower() for key, _ in parse_qsl(parts.query)}
    except ValueError:
        raise Refusal(Reason.FIELD_VALUE, where, NOT_UNDERSTOOD) from None
    user, at, _ = parts.netloc.rpartition("@")
    if (at and ":" in user) or settings & SECRET:
        raise Refusal(Reason.FIELD_VALUE, where, _PASSWORD)
    if parts.scheme not in SCHEMES or parts.fragment:
        raise Refusal(Reason.FIELD_VALUE, where, NOT_UNDERSTOOD)
    if not parts.path.strip("/"):
        raise Refusal(Reason.FIELD_VALUE, where, _NO_NAME)
    return DatabaseUrl(text, password_file)
