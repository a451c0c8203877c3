"""What the two settings files of a home say: node/config.toml, desk/config.toml."""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from exchange.config.homes import DeskHome, NodeHome, short
from exchange.errors import Reason, Refusal, Why, unreadable
from exchange.limits import (
    CONNECT_TIMEOUT,
    DISK_FLOOR_MAX,
    SECOND,
    TEXTS_A_DAY,
    TEXTS_A_DAY_MAX,
)

MIB = 1024 * 1024  # bytes
CONNECT_S_MAX = 300  # s that a desk may wait for a connection
DUTY_MAX = 16  # roles that a FLASH can be taken to
_MISSING = Why(
    "there is no such file; put it back from a backup, or make a home by `fusion init`"
)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,127}")


@dataclass(frozen=True, slots=True)
class NodeConfig:
    """node/config.toml."""

    name: str
    listen: str  # host:port
    # The one desk that may call over the socket; empty: none.
    desk: str = ""
    # Which nodes to dial; empty: every node of each imported bundle.
    partners: tuple[str, ...] = ()
    # Where to dial one, instead of the addresses in its bundle.
    addresses: Mapping[str, str] = field(default_factory=dict)
    # Which auditors may read here; absent: any of the nations of imported bundles.
    auditors: tuple[str, ...] | None = None
    # Bytes of texts that one partner may send a day.
    texts_a_day: int = TEXTS_A_DAY
    # Bytes of the disk that stay free; absent: by the size of the file system.
    disk_floor: int | None = None


@dataclass(frozen=True, slots=True)
class TranslatorConfig:
    """[translator] of desk/config.toml: the machine that may be asked."""

    # The entry point in the group fusion.translators.
    name: str
    url: str
    # Which hosts may be asked; its own must be among them.
    hosts: tuple[str, ...] = ()
    # Nothing above this TLP value leaves the desk; empty: nothing does.
    tlp: str = ""
    # Whose machine it is: what is not releasable to that nation stays here.
    domain: str = ""
    # What is marked with any other caveat stays here.
    caveats: tuple[str, ...] = ()
    timeout_s: int = 20
    # Files beside config.toml: its API key, 0600; the authority of its certificate.
    key: str = ""
    ca: str = ""
    # What it calls a language, where that is not our tag.
    languages: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DeskConfig:
    """desk/config.toml."""

    name: str
    # Who writes and reads unless --officer says another.
    officer: str
    # host:port of its node; empty: the node's socket in the same home.
    address: str = ""
    # Seconds that connecting to that address may take.
    connect_s: int = CONNECT_TIMEOUT // SECOND
    # en, ur or zh-Hans; empty: as the locale says.
    language: str = ""
    # Whom an unanswered FLASH is taken to, one after the other, where no roster of this
    # desk (a LIAISON) says it: officers or roles, such as duty-2.
    duty: tuple[str, ...] = ()
    # None: no machine translates here.
    translator: TranslatorConfig | None = None


def read_node(node: NodeHome) -> NodeConfig:
    """Return a node's settings; raise Refusal naming file and field."""
    found = _Settings.of(node.config)
    config = NodeConfig(
        name=found.text("name"),
        listen=found.text("listen"),
        desk=found.text("desk", ""),
        partners=found.texts("partners"),
        addresses=found.table("addresses"),
        auditors=found.texts_if_there("auditors"),
        texts_a_day=MIB
        * found.number("texts_a_day_mib", TEXTS_A_DAY // MIB, 1, TEXTS_A_DAY_MAX),
        disk_floor=found.mib_if_there("disk_floor_mib", DISK_FLOOR_MAX),
    )
    found.end()
    return config


def read_desk(desk: DeskHome) -> DeskConfig:
    """Return a desk's settings; raise Refusal naming file and field."""
    found = _Settings.of(desk.config)
    config = DeskConfig(
        name=found.text("name"),
        officer=found.text("officer"),
        address=found.text("address", ""),
        connect_s=found.number(
            "connect_s", CONNECT_TIMEOUT // SECOND, 1, CONNECT_S_MAX
        ),
        language=found.text("language", ""),
        duty=found.names("duty"),
        translator=_translator(found.section("translator")),
    )
    found.end()
    return config


def _translator(found: "_Settings | None") -> TranslatorConfig | None:
    if found is None:
        return None
    config = TranslatorConfig(
        name=found.text("name"),
        url=found.text("url"),
        hosts=found.texts("hosts"),
        tlp=found.text("tlp", ""),
        domain=found.text("domain", ""),
        caveats=found.texts("caveats"),
        timeout_s=found.number("timeout_s", 20, 1, 600),
        key=found.text("key", ""),
        ca=found.text("ca", ""),
        languages=found.table("languages"),
    )
    found.end()
    return config


def write_settings(**settings: str) -> bytes:
    """Return a settings file of texts; JSON's strings are TOML's."""
    lines = [f"{key} = {json.dumps(value)}\n" for key, value in settings.items()]
    return "".join(lines).encode()


class _Settings:
    """A table of TOML of which every key must be asked for."""

    def __init__(self, values: dict[str, Any], where: str) -> None:
        self._left = values
        self._where = where

    @classmethod
    def of(cls, path: Path) -> Self:
        """Return the table that a file is."""
        where = short(path)
        try:
            return cls(tomllib.loads(path.read_text("utf-8")), f"{where}: ")
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError):
            raise Refusal(Reason.INPUT, where) from None
        except FileNotFoundError:
            raise Refusal(Reason.HOME, where, _MISSING) from None
        except OSError as error:
            raise unreadable(error, where) from None

    def section(self, key: str) -> "_Settings | None":
        """Return a table within, if it is there."""
        if key not in self._left:
            return None
        values = self._left.pop(key)
        if not isinstance(values, dict):
            raise self._wrong(key)
        return _Settings(values, f"{self._where}{key}.")

    def text(self, key: str, default: str | None = None) -> str:
        value = self._left.pop(key, default)
        if value is None:
            raise Refusal(Reason.FIELD_MISSING, f"{self._where}{key}")
        if not isinstance(value, str):
            raise self._wrong(key)
        return value

    def number(self, key: str, default: int, least: int, most: int) -> int:
        value = self._left.pop(key, default)
        if type(value) is not int or not least <= value <= most:
            raise self._wrong(key)
        return value

    def mib_if_there(self, key: str, most: int) -> int | None:
        """Return the bytes of a number of MiB, None where the key is absent."""
        return MIB * self.number(key, 0, 0, most) if key in self._left else None

    def texts(self, key: str) -> tuple[str, ...]:
        values = self._left.pop(key, [])
        if not isinstance(values, list) or not all(isinstance(v, str) for v in values):
            raise self._wrong(key)
        return tuple(values)

    def names(self, key: str) -> tuple[str, ...]:
        """Return texts that are fit to be shown: letters, digits, a few signs."""
        values = self.texts(key)
        if len(values) > DUTY_MAX or not all(map(_NAME.fullmatch, values)):
            raise self._wrong(key)
        return values

    def texts_if_there(self, key: str) -> tuple[str, ...] | None:
        return self.texts(key) if key in self._left else None

    def table(self, key: str) -> Mapping[str, str]:
        values = self._left.pop(key, {})
        if not isinstance(values, dict):
            raise self._wrong(key)
        if not all(isinstance(value, str) for value in values.values()):
            raise self._wrong(key)
        return values

    def end(self) -> None:
        for key in self._left:
            raise Refusal(Reason.FIELD_UNKNOWN, f"{self._where}{key}")

    def _wrong(self, key: str) -> Refusal:
        return Refusal(Reason.FIELD_VALUE, f"{self._where}{key}")
