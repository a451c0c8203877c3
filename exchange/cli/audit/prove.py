"""fusion audit prove: a proof for one bulletin; checks of proofs and of forks."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Annotated

from exchange.cli import options
from exchange.cli.audit.common import read_trust_files
from exchange.cli.frame import Reply
from exchange.cli.lazy import lazy_imports
from exchange.cli.options import option
from exchange.errors import Reason, Refusal, Tampered, Why
from exchange.input_file import read_file
from exchange.limits import ENTRY_MAX
from exchange.words import say, say_n, word

with lazy_imports():
    from exchange import config
    from exchange.atomic_file import atomic
    from exchange.audit import trust_files
    from exchange.audit.export import prove
    from exchange.audit.export.prove import Place, claimed
    from exchange.audit.judge.keys import keys_of
    from exchange.audit.text.audit_text import when
    from exchange.ledger import checkpoint, fork
    from exchange.ledger import proof as proofs
    from exchange.ledger.checkpoint import Head
    from exchange.store import Store
    from exchange.trust import bundle
    from exchange.trust.bundle import Bundle
    from exchange.trust.key_ends import key_ends
    from exchange.v1 import envelope_pb2 as pb

SECOND = 1_000  # ms
PROVED = word("proved: the log and its cosigners commit to this entry at its place")
NOT_PROVED = word(
    "not proved: its verdict ACCEPTED and its signer; an export proves both"
)


def command(
    name: options.Name,
    home: options.Home = options.HOME_DEFAULT,
    out: Annotated[Path | None, option("--out", "The file to write.", "FILE")] = None,
) -> Reply:
    """Write a proof that one entry is in its log (C2SP tlog-proof).

    It includes the entry, under a head that a partner has cosigned if there is one.
    NAME is 64 hex digits, a unique prefix of 8 or more, or the place in a log. `fusion
    audit verify --proof` checks it by the trust files alone.
    """
    if out is None:
        raise Refusal(Reason.INPUT, "--out", Why("give the file to write"))
    data, pinned = _made(home, name)
    place = prove.verify(data, pinned)
    with atomic(out) as file:
        file.write(data)
    written = say("written to {file}", file=out)
    return Reply({"out": str(out), **as_json(place)}, [*lines(place), written])


def _made(home: Path, name: str) -> "tuple[bytes, Mapping[str, Bundle]]":
    node = config.node_home(home)
    pinned = bundle.load_all(node.trust)
    place = config.database_of(node)
    config.check_there(place)
    with closing(Store(place, read_only=True)) as store:
        return prove.prove(store, prove.find(store, name), pinned), pinned


def verify_proof(file: Path, trust: list[Path], entry: Path | None) -> Reply:
    pinned = trust_files.load(read_trust_files(trust))
    data = read_file(file, proofs.PROOF_MAX)
    given = None if entry is None else read_file(entry, ENTRY_MAX)
    found = prove.verify(data, pinned, given)
    return Reply({"ok": True, **as_json(found)}, lines(found))


def verify_fork(file: Path, trust: list[Path]) -> Reply:
    pinned = trust_files.load(read_trust_files(trust))
    data = read_file(file, fork.FORK_MAX)
    proof = fork.parse(data)
    keys, ends = keys_of(proof.origin, pinned), key_ends(pinned.values())
    try:
        fork.verify(data, keys.log)
        ends.check_evidence((proof.first, proof.second), keys.log)
    except Refusal as refusal:
        raise Tampered(refusal.reason, f"{proof.origin}: {refusal.where}") from None
    notes = (proof.first, proof.second)
    heads = [checkpoint.head_of(note) for note in notes]
    times = [checkpoint.verify_head(note, keys.log).time_s for note in notes]
    cosigned = [ends.cosignatures(note, keys.mirrors) for note in notes]
    said = [
        {"size": head.size, "at": time * SECOND, "cosigned_by": sorted(by)}
        for head, time, by in zip(heads, times, cosigned, strict=True)
    ]
    shown = _fork_lines(proof.origin, heads, times, cosigned)
    return Reply({"ok": True, "origin": proof.origin, "heads": said}, shown)


def _fork_lines(
    origin: str,
    heads: "Sequence[Head]",
    times: Sequence[int],
    cosigned: Sequence[Iterable[str]],
) -> Iterator[str]:
    yield (
        say(
            "{log} is forked: it signed two heads that contradict each other",
            log=origin,
        )
    )
    for head, time, by in zip(heads, times, cosigned, strict=True):
        entries = say_n("{n} entry", "{n} entries", head.size)
        line = say("{entries}, signed {when}", entries=entries, when=when(time))
        if by:
            names = " ".join(sorted(by))
            line = say("{head}, cosigned by {names}", head=line, names=names)
        yield f"  {line}"


def as_json(place: "Place") -> dict[str, object]:
    """Return times in ms UTC."""
    parsed = claimed(place.entry)
    return {
        "origin": place.origin,
        "index": place.index,
        "size": place.head.size,
        "signed_at": place.time_s * SECOND,
        "cosigned": {name: time * SECOND for name, time in place.cosigned.items()},
        "name": parsed.name.hex() if parsed else None,
        "proved": PROVED.partition(": ")[2],
        "not_proved": NOT_PROVED.partition(": ")[2],
    }


def lines(place: "Place") -> Iterator[str]:
    """Yield the facts it proves, then those it does not."""
    yield say_n(
        "{place}, under the head of {n} entry",
        "{place}, under the head of {n} entries",
        place.head.size,
        place=f"{place.origin}#{place.index}",
    )
    yield f"  {say('signed by the log {when}', when=when(place.time_s))}"
    for name, time in place.cosigned.items():
        told = say("cosigned by {name} {when}", name=name, when=when(time))
        yield f"  {told}"
    parsed = claimed(place.entry)
    if parsed is None:
        told = say("the entry is not well formed: every member mirrors it as REFUSED")
        yield f"  {told}"
    else:
        kind = pb.Kind.Name(parsed.core.kind).removeprefix("KIND_")
        yield f"  {kind} {parsed.name.hex()}"
    yield f"  {say(PROVED)}"
    yield f"  {say(NOT_PROVED)}"
