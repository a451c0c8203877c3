"""fusion log: go on in another log where one was forked."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from exchange.cli import options
from exchange.errors import ONE_OF_THEM, Reason, Refusal
from exchange.input_file import read_file
from exchange.words import say, say_n

if TYPE_CHECKING:
    from exchange.config import NodeHome
    from exchange.ledger.checkpoint import VerifiedHead
    from exchange.trust.bundle import Bundle
    from exchange.v1 import envelope_pb2

app = typer.Typer(help="Look after the own log.")


@app.callback()
def _nothing() -> None:
    """Look after the own log."""


@app.command()
def resume(
    home: options.Home = options.HOME_DEFAULT,
    of: Annotated[
        str,
        typer.Option(
            metavar="NODE", help="At the partner: write where NODE's log ends."
        ),
    ] = "",
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="With --of: where to.")
    ] = None,
    end: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="At the node: what the partner wrote."),
    ] = None,
    yes: options.Yes = False,
    passphrase_fd: options.PassphraseFd = None,
) -> None:
    """Begin log n + 1 after a proven fork, by both operators.

    The partner writes the last head that it cosigned (--of NODE --out FILE). The node,
    stopped, takes it as the end of its log (--end FILE): its database is put aside,
    and comes back from the partner at the next start. Then the partner imports the
    new edition of the nation's bundle.
    """
    if bool(of) == bool(end):
        raise Refusal(Reason.FIELD_MISSING, say("--of NODE or --end FILE"), ONE_OF_THEM)
    if of:
        _write_end(home, of, out)
    elif end is not None:
        _resume(home, read_file(end), yes=yes, passphrase_fd=passphrase_fd)


def _write_end(home: Path, of: str, out: Path | None) -> None:
    from exchange import config
    from exchange.home.partner_bundles import check_forked
    from exchange.store import Store
    from exchange.trust import bundle as bundles

    node = config.node_home(home)
    pinned = bundles.load_all(node.trust)
    origin = _newest(of, pinned)
    check_forked(node, origin, pinned)
    store = Store(node.database, read_only=True)
    try:
        held = store.head(origin)
    finally:
        store.close()
    if held is None:
        raise Refusal(Reason.MISSING, origin)
    if out is None:
        options.write_bytes(held.note)
    else:
        out.write_bytes(held.note)
        told = say(
            "{log} ends at {size}, written to {file}",
            log=origin,
            size=held.head.size,
            file=out,
        )
        print(told)


def _newest(name: str, pinned: "Mapping[str, Bundle]") -> str:
    for bundle in pinned.values():
        if name in bundle.nodes:
            return bundle.nodes[name].origins[-1]
    raise Refusal(Reason.NOT_PINNED, name)


def _resume(home: Path, note: bytes, *, yes: bool, passphrase_fd: int | None) -> None:
    """Begin the next log, in an order that may break anywhere and be done again.

    1. The log is forked, and the partner cosigned the end.
    2. An operator agrees.
    3. What opens the next log waits in the inbox.
    4. The database is put aside.
    5. The bundle lists the next log: from here on it is the one.
    """
    from exchange import config
    from exchange.home import enrolment
    from exchange.home.nation import unlock_nation
    from exchange.home.partner_bundles import check_forked
    from exchange.home.trust_files import read_bundle
    from exchange.trust import bundle as bundles
    from exchange.trust import entries
    from exchange.trust.enrol.editions import next_log
    from keys import files
    from keys.signing import Ed25519Signer

    nation, node = config.nation_home(home), config.node_home(home)
    name = config.read_node(node).name
    with _stopped(node.folder, nation.folder):
        # 1
        pinned = bundles.load_all(node.trust)
        origin = _newest(name, pinned)
        check_forked(node, origin, pinned)
        ended = _end(note, name, origin, pinned)
        # 2
        asked = say_n(
            "{log} ends at {n} entry; what came later is handed in again. Type yes:",
            "{log} ends at {n} entries; what came later is handed in again. Type yes:",
            ended.head.size,
            log=origin,
        )
        options.confirm(asked, yes=yes)
        secret = options.passphrase(passphrase_fd, say("the nation"))
        keys = unlock_nation(nation, secret, roots=True)
        issuer = config.unlock(nation.issuer_key, secret, "issuer").secrets
        if keys.roots is None:
            raise Refusal(Reason.KEYSTORE, "nation")
        now = options.now()
        # 3
        signer = Ed25519Signer.from_seed(issuer.signing_seed)
        _hand_in(node.inbox, entries.head_envelope(note, name, signer, now))
        # 4
        _put_aside(node, origin)
        # 5
        bundle = read_bundle(nation.bundle)
        files.replace(nation.bundle, next_log(bundle, name, keys.roots, now).data)
        enrolment.refresh(home)
    print(say("{node} goes on in its next log from its next start", node=name))
    print(say("give the partner the new edition: fusion trust export --out FILE"))


def _end(
    note: bytes, name: str, origin: str, pinned: "Mapping[str, Bundle]"
) -> "VerifiedHead":
    """Return the end that a partner wrote; Refusal(NOTE | HEAD | COSIGNATURE)."""
    from exchange.trust import rules

    nodes = [node for bundle in pinned.values() for node in bundle.nodes.values()]
    keys = [key for node in nodes for key in node.logs if key.name == origin]
    mirrors = [key for node in nodes if node.name != name for key in node.cosigners]
    return rules.Opening(origin, keys, mirrors).end(note)


@contextmanager
def _stopped(*folders: Path) -> Iterator[None]:
    from exchange import config

    with ExitStack() as stack:
        for folder in folders:
            stack.enter_context(config.locked(folder))
        yield


def _hand_in(inbox: Path, opening: "envelope_pb2.Envelope") -> None:
    """Put what opens the next log into the inbox, in place of an earlier attempt's."""
    from exchange import envelope
    from exchange.home.trust_files import ENVELOPE, add_envelopes
    from exchange.v1 import envelope_pb2 as pb

    for path in sorted(inbox.glob(f"*{ENVELOPE}")):
        sent = pb.Envelope.FromString(path.read_bytes())
        if envelope.split(sent.entry).core.kind == pb.KIND_HEAD:
            path.unlink()
    add_envelopes(inbox, [opening])


def _put_aside(node: "NodeHome", origin: str) -> None:
    """Move the database to where the proof lies; it holds the branch that was lost."""
    from exchange import config

    folder = config.private_folder(node.evidence)
    kept = config.fork_proof(folder, origin).with_suffix(".db")
    for suffix in ("", "-wal", "-shm", ".sha256"):
        path = node.database.with_name(node.database.name + suffix)
        if path.exists():
            path.replace(kept.with_name(kept.name + suffix))
