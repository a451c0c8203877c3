"""The keys stated by a stolen issuer, found in the logs of its nation."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from exchange import config
from exchange.audit import trust_files
from exchange.audit.database.columns import RowSource
from exchange.audit.judge import chunk, pool
from exchange.audit.judge.replay import Means
from exchange.audit.judge.verify_log import verify_logs
from exchange.audit.result import LogAudit
from exchange.audit.sources.export_file import Export
from exchange.audit.sources.log_source import LogSource
from exchange.config import NationHome, NodeHome
from exchange.errors import Reason, Refusal, Tampered, Why
from exchange.home.revocation import Target
from exchange.home.trust_files import read_bundle, read_envelopes
from exchange.store import raw_rows
from exchange.trust import bundle as bundles
from exchange.trust import names
from exchange.trust.bundle import Bundle
from exchange.trust.enrol.issued_statements import replay
from exchange.trust.signer_standing import DISOWNED, PlacedStatement, find_standing
from exchange.v1 import envelope_pb2 as pb


class NationLogs(Struct, frozen=True):
    """The logs of a nation: of the node in its home, if any, and of exports.

    `trust` are (name, bytes) of the partners' trust files.
    """

    home: Path
    exports: Sequence[Path] = ()
    trust: Sequence[tuple[str, bytes]] = ()


def find_issued(
    place: NationHome, targets: Sequence[Target], since: int, logs: NationLogs
) -> list[Target]:
    """Return `targets` plus the keys stated by the issuers among them.

    Only keys not proven older than `since` (ms UTC), and not yet revoked by the roots.
    Raises as `find_stated` does.
    """
    bundle, issued = read_bundle(place.bundle), read_envelopes(place.issued)
    directories = {node: replay(issued, node, bundle) for node in bundle.nodes}
    issuers = {one.what for one in targets if names.is_issuer(one.subject)}
    found = [
        Target(one.statement.subject, one.key_id, node, by_roots=True)
        for node, one in find_stated(logs, bundle, issuers, since)
        if directories[node].revoked_since(one.key_id, "") is None
    ]
    return list(dict.fromkeys((*targets, *found)))


def find_stated(
    logs: NationLogs, bundle: Bundle, issuers: Collection[bytes], since: int
) -> Iterator[tuple[str, PlacedStatement]]:
    """Yield each KEY stated by `issuers`, with its node, not proven before `since`.

    `issuers` are kids, `since` is ms UTC. Raises Refusal(FIELD_MISSING) for a node
    without a given log, Tampered for an altered log, and as reading them and the trust
    files does.
    """
    read = set()
    for audit in _audits(logs, bundle):
        for fault in audit.faults:
            raise Tampered(fault.reason, str(fault))
        node = _node(audit.origin)
        if node not in bundle.nodes:
            continue
        read.add(node)
        for one in audit.stated:
            own = one.origin == audit.origin and one.core.author in issuers
            late = find_standing(since, one.proven_s) == DISOWNED
            if own and late and one.statement.type == pb.STATEMENT_TYPE_KEY:
                yield node, one
    for node in bundle.nodes.keys() - read:
        why = Why("give an export that has the logs of {node}", node=node)
        raise Refusal(Reason.FIELD_MISSING, "--export", why)


def _audits(logs: NationLogs, bundle: Bundle) -> Iterator[LogAudit]:
    held = trust_files.load(logs.trust)
    node = NodeHome(logs.home / "node")
    if node.folder.is_dir():
        pinned = {**held, **bundles.load_all(node.trust), bundle.domain: bundle}
        with raw_rows.open_view(config.database_of(node)) as raw:
            yield from _verified([RowSource(raw, row) for row in raw.logs()], pinned)
    for path in logs.exports:
        with Export.open(path) as export:
            yield from _verified(export.logs, {**held, bundle.domain: bundle})


def _verified(
    sources: Sequence[LogSource], pinned: Mapping[str, Bundle]
) -> Iterator[LogAudit]:
    """Yield the audits of logs; the cosigning nations are those of these logs."""
    domains = {names.domain_of(_node(one.origin)) for one in sources}
    known = {domain: one for domain, one in pinned.items() if domain in domains}
    trust_files.check_needed(known, (one.origin for one in sources))
    with pool.open_pool(chunk.judge, sum(one.size for one in sources)) as many:
        yield from verify_logs(sources, Means(known, many))


def _node(origin: str) -> str:
    return origin.partition(".fusion/")[0]
