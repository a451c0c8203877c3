"""The parts of a home, and the paths of their files."""

import hashlib
import os
import stat
import tempfile
from pathlib import Path

from msgspec import Struct

from exchange.config import file_changes
from exchange.errors import Reason, Refusal, Why

PRIVATE = 0o700  # mode of our folders
PARTS = ("nation", "node", "desk", "auditor")
NOTES = "first-run.json"
"""The file of an officer's choices, until the first run is over."""
MAKING, MADE = ".making", ".made"
"""Folders for new parts: in the making, and made but not yet in place."""
SOCKET_PATH_MAX = 107  # bytes; sun_path less its NUL (unix(7))
_OTHERS_WRITE = Why(
    "others may write to this folder and pose as its owner; run chmod go-w, and check"
    " the files in it"
)
_MOVED = Why(
    "this desk was moved: use it at its new place, and run fusion wipe here; only if"
    " its backup was never restored, remove desk/moved"
)
_NOT_OURS = Why(
    "not a folder of this user alone (mode 0700); remove it, or"
    " set XDG_RUNTIME_DIR to one that is"
)


class NationHome(Struct, frozen=True):
    """A nation's own: roots, issuer, TLS authority; best on an offline machine."""

    folder: Path

    @property
    def root_key(self) -> Path:
        return self.folder / "root.key"

    @property
    def issuer_key(self) -> Path:
        return self.folder / "issuer.key"

    @property
    def ca_key(self) -> Path:
        return self.folder / "ca.key"

    @property
    def bundle(self) -> Path:
        return self.folder / "trust.bundle"

    @property
    def issuer_statement(self) -> Path:
        """The issuer's KEY statement, for the log of each node."""
        return self.folder / "issuer.statement"

    @property
    def issued(self) -> Path:
        """Every DIRECTORY envelope signed here, in order."""
        return self.folder / "issued"

    @property
    def granted(self) -> Path:
        """The newest answer to each part's request, NAME.answer."""
        return self.folder / "granted"

    @property
    def next_root_key(self) -> Path:
        """Keystore of the next roots, until the bundle names them."""
        return self.folder / "root.next.key"

    @property
    def next_ca_key(self) -> Path:
        """Keystore of the next TLS authority, until partners have imported it."""
        return self.folder / "ca.next.key"

    @property
    def next_issuer_key(self) -> Path:
        return self.folder / "issuer.next.key"

    @property
    def next_issuer_statement(self) -> Path:
        return self.folder / "issuer.next.statement"


class Part(Struct, frozen=True):
    folder: Path

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    @property
    def tls_key(self) -> Path:
        """The TLS key, PEM, in clear."""
        return self.folder / "tls.key"

    @property
    def tls_cert(self) -> Path:
        """The certificate of the TLS key, PEM; absent until the nation issues it."""
        return self.folder / "tls.crt"

    @property
    def trust(self) -> Path:
        """The imported bundles, DOMAIN.bundle."""
        return self.folder / "trust"

    @property
    def inbox(self) -> Path:
        """Envelopes of its own nation, NNNN.envelope, not yet in its log.

        A node records them itself, a desk submits them.
        """
        return self.folder / "inbox"

    @property
    def request(self) -> Path:
        """The KeyRequest for the part's present keys."""
        return self.folder / "keys.request"

    @property
    def renewal(self) -> Path:
        """The KeyRequest for its next keys, until it is answered."""
        return self.folder / "renewal.request"


class NodeHome(Part, frozen=True):
    @property
    def log_key(self) -> Path:
        """The log's two keys, a KeystoreSecrets in clear."""
        return self.folder / "log.key"

    @property
    def mirror_key(self) -> Path:
        """The cosigner's key, a KeystoreSecrets in clear."""
        return self.folder / "mirror.key"

    @property
    def next_log_key(self) -> Path:
        """The log's next two keys, until they are taken into use."""
        return self.folder / "log.next.key"

    @property
    def next_mirror_key(self) -> Path:
        return self.folder / "mirror.next.key"

    @property
    def next_listed(self) -> Path:
        """The time its nation's bundle first listed them, ms UTC in decimal."""
        return self.folder / "next.listed"

    @property
    def database(self) -> Path:
        return self.folder / "ledger.db"

    @property
    def clock_confirmed(self) -> Path:
        """The confirmation that `fusion doctor --clock` leaves for the running node."""
        return self.folder / "clock.confirmed"

    @property
    def posture(self) -> Path:
        """The settings of `fusion doctor --minimize, --emcon` for the running node."""
        return self.folder / "posture"

    @property
    def allowed(self) -> Path:
        """The folder of additions by `fusion node allow`, for the running node."""
        return self.folder / "allowed"

    @property
    def emitted(self) -> Path:
        """The record of heads shown by this node (node.start_up): in no backup."""
        return self.folder / "emitted"

    @property
    def editions(self) -> Path:
        """The newest edition held of each bundle (net.edition_record)."""
        return self.folder / "editions"

    @property
    def lost(self) -> Path:
        """The places of own entries lost in a repair (node.lost_entries)."""
        return self.folder / "lost"

    @property
    def excused(self) -> Path:
        """The members that `fusion log resume --without` excuses, one a line."""
        return self.folder / "excused"

    @property
    def watch(self) -> Path:
        """The folder of `fusion watch`, if the desk's is not used."""
        return self.folder / "watch"

    @property
    def evidence(self) -> Path:
        """Proofs of forks, LOG.fork: for the partner, an auditor, a court."""
        return self.folder / "evidence"

    @property
    def socket(self) -> Path:
        """The socket's path; it is in the runtime folder if too long for the kernel."""
        path = self.folder.resolve() / "desk.sock"
        raw = os.fsencode(path)
        if len(raw) <= SOCKET_PATH_MAX:
            return path
        runtime = os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()
        return Path(runtime, f"fusion-{hashlib.sha256(raw).hexdigest()[:8]}", path.name)


class DeskHome(Part, frozen=True):
    @property
    def officers(self) -> Path:
        """The officers' keystores, NAME.key."""
        return self.folder / "officers"

    @property
    def sealing_ring(self) -> Path:
        """The desk's sealing keys, under a key that each officer's keystore opens."""
        return self.folder / "sealing.keys"

    @property
    def mailbox(self) -> Path:
        """The encrypted database of all opened messages."""
        return self.folder / "mailbox.db"

    @property
    def moved(self) -> Path:
        """The mark of `fusion desk move`: this desk is used elsewhere now."""
        return self.folder / "moved"

    @property
    def watch(self) -> Path:
        """The folder of `fusion watch`: its state, and the record of its hooks."""
        return self.folder / "watch"

    def officer_key(self, name: str) -> Path:
        return self.officers / f"{name}.key"

    def asked_key(self, name: str) -> Path:
        return self.officers / f"{name}.asked"

    def granted_key(self, name: str) -> Path:
        """Next keys, which the officer's next unlocking takes into use."""
        return self.officers / f"{name}.granted"

    def officer_names(self) -> list[str]:
        return sorted(path.stem for path in self.officers.glob("*.key"))

    def asked_names(self) -> list[str]:
        return sorted(path.stem for path in self.officers.glob("*.asked"))


class AuditorHome(Part, frozen=True):
    """An auditor's own: a certificate to read from nodes, and no settings."""


def nation_home(home: Path) -> NationHome:
    """Raise Refusal(HOME)."""
    return NationHome(_part(home, "nation"))


def node_home(home: Path) -> NodeHome:
    """Raise Refusal(HOME)."""
    return NodeHome(_part(home, "node"))


def desk_home(home: Path) -> DeskHome:
    """Raise Refusal(HOME), also if it was moved away.

    Finishes a change left by a crash first; Refusal(LOCKED) while another is made.
    """
    desk = DeskHome(_part(home, "desk"))
    if desk.moved.exists():
        raise Refusal(Reason.HOME, short(desk.moved), _MOVED)
    file_changes.finish_left(desk.folder)
    return desk


def has_node_alone(home: Path) -> bool:
    home = home.expanduser()
    return (home / "node").is_dir() and not (home / "desk").is_dir()


def auditor_home(home: Path) -> AuditorHome:
    """Raise Refusal(HOME)."""
    return AuditorHome(_part(home, "auditor"))


def _part(home: Path, name: str) -> Path:
    folder = home.expanduser() / name
    if not folder.is_dir():
        raise Refusal(Reason.HOME, name, absent(home))
    if folder.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise Refusal(Reason.HOME, name, _OTHERS_WRITE)
    return folder


def absent(home: Path) -> Why:
    return Why("not in {home}; run fusion init, or give --home", home=str(home))


def private_folder(folder: Path) -> Path:
    """Return a folder that is ours alone, made if need be; Refusal(HOME).

    Anyone able to write to it could impersonate the node or the desk.
    """
    try:
        folder.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
        status = folder.stat()
    except OSError:
        raise Refusal(Reason.HOME, folder.name) from None
    if status.st_uid != os.getuid() or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise Refusal(Reason.HOME, folder.name)
    return folder


def check_socket_folder(node: NodeHome) -> None:
    """Raise Refusal(HOME) if another user may own the folder of a node's socket.

    Both ends check it before they bind or call; a missing folder passes.
    """
    folder = node.socket.parent
    if folder == node.folder.resolve() or not os.path.lexists(folder):
        return
    status = folder.lstat()
    alone = stat.S_ISDIR(status.st_mode) and stat.S_IMODE(status.st_mode) == PRIVATE
    if status.st_uid != os.getuid() or not alone:
        raise Refusal(Reason.HOME, folder.name, _NOT_OURS)


def fork_proof(evidence: Path, origin: str) -> Path:
    return evidence / f"{origin.replace('/', '-')}.fork"


def agreed_end(evidence: Path, origin: str) -> Path:
    """End of a log that lost signed entries without a fork, as the operators agreed."""
    return evidence / f"{origin.replace('/', '-')}.end"


def short(path: Path) -> str:
    """Return node/log.key."""
    return f"{path.parent.name}/{path.name}"
