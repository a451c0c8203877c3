"""The two settings files of a home: node/config.toml, desk/config.toml."""

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta

from exchange.atomic_file import atomic
from exchange.config.homes import DeskHome, NodeHome, short
from exchange.errors import Reason, Refusal, Why, unreadable
from exchange.limits import (
    ADDRESSES_MAX,
    COLD_DAYS_MAX,
    CONNECT_TIMEOUT,
    DAY,
    DISK_FLOOR_MAX,
    ENTRIES_A_DAY,
    ENTRIES_A_DAY_MAX,
    ENTRIES_A_DAY_MIN,
    HOOK_TIME_MAX,
    HOOK_WORDS_MAX,
    SECOND,
    TEXTS_A_DAY,
    TEXTS_A_DAY_MAX,
)

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

MIB = 1024 * 1024  # bytes
CONNECT_S_MAX = 300  # s that a desk may wait for a connection
LOCK_AFTER, LOCK_AFTER_MAX = 10, 24 * 60  # min
DUTY_MAX = 16  # roles that a FLASH can be escalated to
TIME_ZONE_MAX = 64  # characters of a zone's name
_MISSING = Why(
    "no such file; restore it from a backup, or make a home with fusion init"
)

Role = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9][A-Za-z0-9_.@-]{0,127}\Z")]
"""Safe to display: letters, digits, a few signs."""
Addresses = Annotated[tuple[str, ...], Meta(max_length=ADDRESSES_MAX)]
_NO_ZONE = Why(
    "no such time zone; write an IANA name such as {example}", example="Asia/Karachi"
)
_LIST = Why("expected a list in square brackets")
_NUMBER = Why("expected a number from {low} to {high}")
_EXAMPLE = Why("not understood; write it as {example}")
_TABLE = re.compile(r"^\s*\[", re.MULTILINE)
_BY_HAND = Why("cannot be changed by a program; write it by hand: {line}")
_BY_HAND_AWAY = Why("cannot be edited automatically; delete this line yourself: {line}")
_Table = TypeVar("_Table", bound=msgspec.Struct)


class WatchConfig(msgspec.Struct, frozen=True):
    """The [watch] of a desk's or a node's config.toml: the hooks of `fusion watch`."""

    # A command and its arguments, run without a shell.
    hook: Annotated[tuple[str, ...], Meta(max_length=HOOK_WORDS_MAX)] = ()
    # A file beside config.toml, 0600, with one Apprise URL per line; empty: none.
    apprise: str = ""
    # Time limit of a call, s.
    timeout_s: Annotated[int, Meta(ge=1, le=HOOK_TIME_MAX)] = 30
    # Whether a notice has details: senders, times, reasons of alarms.
    details: bool = False


class NodeConfig(msgspec.Struct, frozen=True):
    name: str
    listen: str  # host:port
    # The one desk allowed to call over the socket; empty: none.
    desk: str = ""
    # The nodes to dial; empty: every node of each imported bundle.
    partners: tuple[str, ...] = ()
    # Addresses to dial instead of those in its bundle: one, or a list.
    addresses: dict[str, str | Addresses] = {}
    # The auditors allowed to read here; absent: any of the nations of imported bundles.
    auditors: tuple[str, ...] | None = None
    # MiB of texts that one partner may send per day.
    texts_a_day_mib: Annotated[int, Meta(ge=1, le=TEXTS_A_DAY_MAX)] = TEXTS_A_DAY // MIB
    # MiB of entries stored for one partner per day.
    entries_a_day_mib: Annotated[
        int, Meta(ge=ENTRIES_A_DAY_MIN // MIB, le=ENTRIES_A_DAY_MAX)
    ] = ENTRIES_A_DAY // MIB
    # MiB of disk kept free; absent: by the size of the file system.
    disk_floor_mib: Annotated[int, Meta(ge=0, le=DISK_FLOOR_MAX)] | None = None
    # Days after which entries without a text move into files (ledger.db.cold); 0:
    # never.
    cold_after_days: Annotated[int, Meta(ge=0, le=COLD_DAYS_MAX)] = 0
    # host:port for partners' nodes alone, besides `listen`; empty: none.
    listen_partners: str = ""
    # The URL of a PostgreSQL database (database_url.py); empty: ledger.db.
    database: str = ""
    # A file beside config.toml, 0600, with its password; empty: libpq finds one.
    database_password: str = ""
    # None: no hooks, except those of a desk in the same home.
    watch: WatchConfig | None = None

    @property
    def cold_after(self) -> int:
        """Milliseconds after which entries without a text move into files; 0: never."""
        return self.cold_after_days * DAY

    @property
    def texts_a_day(self) -> int:
        """Bytes of texts that one partner may send per day."""
        return self.texts_a_day_mib * MIB

    @property
    def entries_a_day(self) -> int:
        """Bytes of entries stored for one partner per day."""
        return self.entries_a_day_mib * MIB

    @property
    def disk_floor(self) -> int | None:
        return None if self.disk_floor_mib is None else self.disk_floor_mib * MIB


class TranslatorConfig(msgspec.Struct, frozen=True):
    """The [translator] of desk/config.toml: the translation service."""

    # The entry point in the group fusion.translators.
    name: str
    url: str
    # The hosts it may use; that of `url` must be among them.
    hosts: tuple[str, ...] = ()
    # Texts above this TLP value stay here; empty: all stay.
    tlp: str = ""
    # Its nation: texts not releasable to that nation stay here.
    domain: str = ""
    # Texts with any other caveat stay here.
    caveats: tuple[str, ...] = ()
    timeout_s: Annotated[int, Meta(ge=1, le=600)] = 20
    # Files beside config.toml: its API key, 0600; the authority of its certificate.
    key: str = ""
    ca: str = ""
    # Its codes for languages, if they differ from our tags.
    languages: dict[str, str] = {}


class DeskConfig(msgspec.Struct, frozen=True):
    name: str
    # The default officer of commands; --officer names another.
    officer: str
    # host:port of its node, or a list if several processes serve it; empty: the node's
    # socket in the same home.
    address: str | Addresses = ""
    # Time limit for connecting to it, s.
    connect_s: Annotated[int, Meta(ge=1, le=CONNECT_S_MAX)] = CONNECT_TIMEOUT // SECOND
    # en, ur or zh-Hans; empty: by the locale.
    language: str = ""
    # Officers or roles, such as duty-2: an unanswered FLASH escalates to them, in
    # order, if this desk has no roster (a LIAISON).
    duty: Annotated[tuple[Role, ...], Meta(max_length=DUTY_MAX)] = ()
    # None: no machine translation.
    translator: TranslatorConfig | None = None
    # The program that reorders Urdu on this terminal: app, terminal or plain.
    bidi: Literal["app", "terminal", "plain"] = "app"
    # None: no hooks.
    watch: WatchConfig | None = None
    # Whether officers may edit a text in their own editor: it then leaves the encrypted
    # mailbox while that program runs.
    editor: bool = False
    # Minutes without a key press until the terminal locks; 0: never.
    lock_after: Annotated[float, Meta(ge=0, le=LOCK_AFTER_MAX)] = LOCK_AFTER
    # A time zone shown beside UTC, an IANA name (Asia/Karachi); empty: none.
    time_zone: Annotated[str, Meta(max_length=TIME_ZONE_MAX)] = ""

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses of the desk's node, in the order in which they are tried."""
        return addresses_of(self.address)

    @property
    def zone(self) -> "ZoneInfo | None":
        """The time zone shown beside UTC; raise Refusal for an unknown one."""
        return find_zone(self.time_zone) if self.time_zone else None


def addresses_of(setting: str | tuple[str, ...]) -> tuple[str, ...]:
    if isinstance(setting, str):
        return (setting,) if setting else ()
    return setting


_TABLES: dict[str, type[TranslatorConfig] | type[WatchConfig]] = {
    "translator": TranslatorConfig,
    "watch": WatchConfig,
}


def read_node(node: NodeHome) -> NodeConfig:
    """Raise Refusal naming file and field."""
    return _table(NodeConfig, *_loaded(node.config))


def read_desk(desk: DeskHome) -> DeskConfig:
    """Raise Refusal naming file and field."""
    values, where = _loaded(desk.config)
    settings = _table(DeskConfig, values, where)
    if settings.time_zone:
        find_zone(settings.time_zone, f"{where}time_zone")
    return settings


def find_zone(name: str, where: str = "time_zone") -> "ZoneInfo":
    """Raise Refusal(FIELD_VALUE) naming `where`."""
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - 3 ms, and few homes name a zone

    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # a path, a folder, none of that name
        raise Refusal(Reason.FIELD_VALUE, where, _NO_ZONE) from None


def write_settings(**settings: str) -> bytes:
    """Return a settings file with these texts; JSON strings are valid TOML."""
    lines = [f"{key} = {json.dumps(value)}\n" for key, value in settings.items()]
    return "".join(lines).encode()


def set_bidi(desk: DeskHome, value: str) -> None:
    """Raise Refusal, with the file as it was, if it cannot be read or safely edited."""
    _replace_lines(desk.config, {"bidi": value})


def set_database(node: NodeHome, url: str | None, password: str | None) -> None:
    """Set None for both: in the home. Raise as `set_bidi` does."""
    lines = {"database": url, "database_password": password}
    _replace_lines(node.config, lines)


def _replace_lines(path: Path, lines: Mapping[str, str | None]) -> None:
    """Remove a line for None; raise as `set_bidi` does."""
    values, where = _loaded(path)
    text = path.read_text("utf-8")
    table = _TABLE.search(text)
    end = table.start() if table else len(text)
    before = text[:end]
    for name in lines:
        before = re.sub(rf"^[ \t]*{name}[ \t]*=.*\n?", "", before, flags=re.MULTILINE)
    given = {name: value for name, value in lines.items() if value is not None}
    made = f"{write_settings(**given).decode()}{before}{text[end:]}"
    kept = {name: value for name, value in values.items() if name not in lines}
    try:
        same = tomllib.loads(made) == {**kept, **given}
    except tomllib.TOMLDecodeError:
        same = False
    if not same:
        told = " and ".join(write_settings(**given).decode().splitlines())
        why = _BY_HAND if given else _BY_HAND_AWAY
        why = Why(why.text, line=told or ", ".join(lines))
        raise Refusal(Reason.INPUT, f"{where}{next(iter(lines))}", why)
    with atomic(path) as file:
        file.write(made.encode())


def _loaded(path: Path) -> tuple[dict[str, Any], str]:
    """Return a file's values, and the start of a refusal that names it."""
    where = short(path)
    try:
        return tomllib.loads(path.read_text("utf-8")), f"{where}: "
    except (ValueError, RecursionError):  # also for a number of 5,000 digits
        raise Refusal(Reason.INPUT, where) from None
    except FileNotFoundError:
        raise Refusal(Reason.HOME, where, _MISSING) from None
    except OSError as error:
        raise unreadable(error, where) from None


def _table(kind: type[_Table], values: dict[str, Any], where: str) -> _Table:
    """Return a TOML table as `kind`; the first faulty field is refused.

    Field by field, so that no error text of msgspec must be parsed to name it.
    """
    result: dict[str, Any] = {}
    left = dict(values)
    for field in msgspec.structs.fields(kind):
        if field.name not in left:
            if field.required:
                raise Refusal(Reason.FIELD_MISSING, f"{where}{field.name}")
            continue
        value = left.pop(field.name)
        if field.name in _TABLES and isinstance(value, dict):
            value = _table(_TABLES[field.name], value, f"{where}{field.name}.")
        try:
            result[field.name] = msgspec.convert(value, field.type)
        except msgspec.ValidationError:
            why = _expected(field.type, value)
            raise Refusal(Reason.FIELD_VALUE, f"{where}{field.name}", why) from None
    for key in left:
        raise Refusal(Reason.FIELD_UNKNOWN, f"{where}{key}")
    return kind(**result)


def _expected(kind: object, value: object) -> Why | None:
    from msgspec import inspect  # noqa: PLC0415 - only for faulty values

    found = inspect.type_info(kind)
    if isinstance(found, inspect.UnionType):
        found = found.types[0]
    if isinstance(found, inspect.VarTupleType) and not isinstance(value, list):
        return _LIST
    if isinstance(found, inspect.IntType | inspect.FloatType):
        return Why(_NUMBER.text, low=found.ge, high=found.le)
    if isinstance(found, inspect.BoolType):
        return Why(_EXAMPLE.text, example="true / false")
    if isinstance(found, inspect.LiteralType):
        listed = " / ".join(f'"{one}"' for one in found.values)
        return Why(_EXAMPLE.text, example=listed)
    return None
