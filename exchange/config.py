"""Where the files of a home lie, and what its two settings files say.

    HOME/nation/  root.key issuer.key ca.key  trust.bundle issuer.statement issued/
    HOME/node/    config.toml  tls.key tls.crt log.key mirror.key  trust/ inbox/
                  ledger.db desk.sock lock evidence/
    HOME/desk/    config.toml  officers/NAME.key  tls.key tls.crt  trust/ inbox/
                  mailbox.db
    HOME/auditor/ tls.key tls.crt  trust/

Each part can be moved elsewhere. Folders are 0700, files 0600; what another part or
nation needs of them is public and comes by `fusion trust export` or `keys request`.
"""

import fcntl
import hashlib
import json
import os
import re
import stat
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from google.protobuf.message import DecodeError

from exchange.errors import Reason, Refusal
from keys import keystore
from keys.errors import KeysError, KeystoreError
from keys.keystore import Unlocked
from keys.signing import Ed25519Signer, MlDsa44Signer
from keys.v1.keystore_pb2 import KeystoreSecrets

DUTY_MAX = 16  # roles that a FLASH can be taken to
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,127}")
SOCKET_PATH_MAX = 107  # bytes; sun_path less its NUL (unix(7))


@dataclass(frozen=True, slots=True)
class NationHome:
    """A nation's own: roots, issuer, TLS authority; best on a machine without links."""

    folder: Path

    @property
    def root_key(self) -> Path:
        """Keystore of both directory roots."""
        return self.folder / "root.key"

    @property
    def issuer_key(self) -> Path:
        """Keystore of the issuer that signs officers."""
        return self.folder / "issuer.key"

    @property
    def ca_key(self) -> Path:
        """Keystore of the TLS authority."""
        return self.folder / "ca.key"

    @property
    def bundle(self) -> Path:
        """The trust bundle as last issued."""
        return self.folder / "trust.bundle"

    @property
    def issuer_statement(self) -> Path:
        """The issuer's KEY statement, for the log of each node."""
        return self.folder / "issuer.statement"

    @property
    def issued(self) -> Path:
        """Every DIRECTORY envelope that was signed here, in order."""
        return self.folder / "issued"


@dataclass(frozen=True, slots=True)
class Part:
    """What a node, a desk and an auditor have in common."""

    folder: Path

    @property
    def config(self) -> Path:
        """Settings: NodeConfig or DeskConfig."""
        return self.folder / "config.toml"

    @property
    def tls_key(self) -> Path:
        """The TLS key, PEM, in clear."""
        return self.folder / "tls.key"

    @property
    def tls_cert(self) -> Path:
        """The certificate of the TLS key, PEM; absent until the nation issued it."""
        return self.folder / "tls.crt"

    @property
    def trust(self) -> Path:
        """The imported bundles, DOMAIN.bundle."""
        return self.folder / "trust"

    @property
    def inbox(self) -> Path:
        """Envelopes of its own nation, NNNN.envelope, that its log lacks as yet.

        A node records its own at the next start, a desk hands its own in.
        """
        return self.folder / "inbox"

    @property
    def request(self) -> Path:
        """What it asks of its nation, a KeyRequest."""
        return self.folder / "keys.request"


@dataclass(frozen=True, slots=True)
class NodeHome(Part):
    """A liaison node's own."""

    @property
    def log_key(self) -> Path:
        """The log's two keys, a KeystoreSecrets in clear."""
        return self.folder / "log.key"

    @property
    def mirror_key(self) -> Path:
        """The cosigner's key, likewise."""
        return self.folder / "mirror.key"

    @property
    def database(self) -> Path:
        """The ledger: own log and replicas."""
        return self.folder / "ledger.db"

    @property
    def evidence(self) -> Path:
        """Proofs of forks, LOG.fork: for the partner, an auditor, a court."""
        return self.folder / "evidence"

    @property
    def socket(self) -> Path:
        """Where its own desk calls (DESIGN section 6).

        A path that the kernel would not take gives way to one in the runtime folder.
        """
        path = self.folder.resolve() / "desk.sock"
        raw = os.fsencode(path)
        if len(raw) <= SOCKET_PATH_MAX:
            return path
        runtime = os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()
        return Path(runtime, f"fusion-{hashlib.sha256(raw).hexdigest()[:8]}", path.name)


@dataclass(frozen=True, slots=True)
class DeskHome(Part):
    """A desk's own."""

    @property
    def officers(self) -> Path:
        """The officers' keystores, NAME.key."""
        return self.folder / "officers"

    @property
    def mailbox(self) -> Path:
        """What was opened, encrypted."""
        return self.folder / "mailbox.db"

    def officer_key(self, name: str) -> Path:
        """Return the keystore of `duty-1`."""
        return self.officers / f"{name}.key"

    def officer_names(self) -> list[str]:
        """Return who has a keystore here."""
        return sorted(path.stem for path in self.officers.glob("*.key"))


@dataclass(frozen=True, slots=True)
class AuditorHome(Part):
    """An auditor's own: a certificate to read nodes with, and no settings."""


def nation_home(home: Path) -> NationHome:
    """Return the nation in a home; raise Refusal(HOME)."""
    return NationHome(_part(home, "nation"))


def node_home(home: Path) -> NodeHome:
    """Return the node in a home; raise Refusal(HOME)."""
    return NodeHome(_part(home, "node"))


def desk_home(home: Path) -> DeskHome:
    """Return the desk in a home; raise Refusal(HOME)."""
    return DeskHome(_part(home, "desk"))


def auditor_home(home: Path) -> AuditorHome:
    """Return the auditor in a home; raise Refusal(HOME)."""
    return AuditorHome(_part(home, "auditor"))


def _part(home: Path, name: str) -> Path:
    folder = home.expanduser() / name
    if not folder.is_dir():
        raise Refusal(Reason.HOME, name)
    return folder


def private_folder(folder: Path) -> Path:
    """Make a folder of ours alone if need be; raise Refusal(HOME) if it is not.

    Whoever could put files into it could pose as the node or the desk.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = folder.stat()
    except OSError:
        raise Refusal(Reason.HOME, folder.name) from None
    if status.st_uid != os.getuid() or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise Refusal(Reason.HOME, folder.name)
    return folder


# Settings.


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
        except (tomllib.TOMLDecodeError, UnicodeDecodeError):
            raise Refusal(Reason.INPUT, where) from None
        except OSError:
            raise Refusal(Reason.HOME, where) from None

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


# Keys.


def short(path: Path) -> str:
    """Return how an error names a file of a home: node/log.key."""
    return f"{path.parent.name}/{path.name}"


@contextmanager
def refusing(path: Path) -> Iterator[None]:
    """Tell what is wrong with a key file as Refusal(KEYSTORE | KEY_FILE)."""
    try:
        yield
    except KeystoreError:
        raise Refusal(Reason.KEYSTORE, short(path)) from None
    except KeysError:
        raise Refusal(Reason.KEY_FILE, short(path)) from None


def unlock(path: Path, passphrase: str, role: str) -> Unlocked:
    """Open a keystore that is for `role`; takes about 0.2 s.

    Raise Refusal(KEY_FILE) where others can read it, else KEYSTORE, also for a file
    of another role in its place or keys that are not those of its header.
    """
    with refusing(path):
        found = keystore.unlock(path, passphrase)
        if found.role != role:
            raise KeystoreError
        seed = found.secrets.signing_seed
        if seed and Ed25519Signer.from_seed(seed).kid != found.kid:
            raise KeystoreError
    return found


def read_log_key(node: NodeHome) -> tuple[Ed25519Signer, MlDsa44Signer]:
    """Return the two keys of a node's log; raise Refusal(KEY_FILE)."""
    secrets = _read_plain(node.log_key)
    with refusing(node.log_key):
        return (
            Ed25519Signer.from_seed(secrets.signing_seed),
            MlDsa44Signer.from_seed(secrets.ml_dsa_seed),
        )


def read_mirror_key(node: NodeHome) -> MlDsa44Signer:
    """Return the key by which a node cosigns; raise Refusal(KEY_FILE)."""
    secrets = _read_plain(node.mirror_key)
    with refusing(node.mirror_key):
        return MlDsa44Signer.from_seed(secrets.ml_dsa_seed)


def read_tls(part: Part) -> tuple[bytes, bytes]:
    """Return key and certificate, PEM; raise Refusal(KEY_FILE | HOME)."""
    with refusing(part.tls_key):
        key = keystore.read_plain(part.tls_key)
    try:
        return key, part.tls_cert.read_bytes()
    except OSError:
        raise Refusal(Reason.HOME, short(part.tls_cert)) from None


def read_api_key(desk: DeskHome, name: str) -> str:
    """Return the key of a service, one line in a 0600 file; Refusal(KEY_FILE)."""
    path = desk.folder / Path(name).name
    with refusing(path):
        data = keystore.read_plain(path)
    try:
        key = data.decode("ascii").strip()
    except UnicodeDecodeError:
        key = ""
    if not key.isprintable() or not key:
        raise Refusal(Reason.KEY_FILE, short(path))
    return key


def _read_plain(path: Path) -> KeystoreSecrets:
    with refusing(path):
        data = keystore.read_plain(path)
    try:
        return KeystoreSecrets.FromString(data)
    except DecodeError:
        raise Refusal(Reason.KEY_FILE, short(path)) from None


@contextmanager
def locked(folder: Path, name: str = "lock") -> Iterator[None]:
    """Hold a part of a home for this process; raise Refusal(LOCKED) at once.

    Another `name` holds it for another purpose.
    """
    handle = os.open(folder / name, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Refusal(Reason.LOCKED, folder.name) from None
        yield
    finally:
        os.close(handle)
