"""fusion audit prove: a receipt for one bulletin; and what receipts and forks prove."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from exchange.cli import options
from exchange.cli.audit.common import read_trust_files
from exchange.errors import Reason, Refusal, Tampered, Why
from exchange.input_file import read_file
from exchange.words import say, say_n, word

if TYPE_CHECKING:
    from exchange.audit.export.prove import Place
    from exchange.ledger.checkpoint import Head
    from exchange.trust.bundle import Bundle

SECOND = 1_000  # ms
PROVED = word(
    "proved: that the log, and who cosigned it, commit to this entry at its place"
)
NOT_PROVED = word(
    "not proved: that it is ACCEPTED, and who signed it; an export does that"
)


def command(
    name: options.Name,
    home: options.Home = options.HOME_DEFAULT,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="The file to write.")
    ] = None,
    json: options.Json = False,
) -> None:
    """Write a proof that one entry is in its log (C2SP tlog-proof).

    It includes the entry, under a head that a partner has cosigned if there is one.
    NAME is 64 hex digits, a unique prefix of 8 or more, or the place in a log. `fusion
    audit verify --proof` checks it by the trust files alone.
    """
    if out is None:
        raise Refusal(Reason.INPUT, "--out", Why("give the file to write"))
    from exchange.atomic_file import atomic
    from exchange.audit.export import prove

    data, pinned = _made(home, name)
    place = prove.verify(data, pinned)
    with atomic(out) as file:
        file.write(data)
    if json:
        options.emit({"out": str(out), **as_json(place)})
        return
    print("\n".join(lines(place)))
    print(say("written to {file}", file=out))


def _made(home: Path, name: str) -> "tuple[bytes, Mapping[str, Bundle]]":
    from contextlib import closing

    from exchange import config
    from exchange.audit.export import prove
    from exchange.store import Store
    from exchange.trust import bundle

    node = config.node_home(home)
    pinned = bundle.load_all(node.trust)
    place = config.database_of(node)
    config.check_there(place)
    with closing(Store(place, read_only=True)) as store:
        return prove.prove(store, prove.find(store, name), pinned), pinned


def verify_proof(
    proof: Path, trust: list[Path], entry: Path | None, *, json: bool
) -> int:
    """Check a proof file by trust files; return the exit code."""
    from exchange.audit import trust_files
    from exchange.audit.export import prove
    from exchange.ledger.proof import PROOF_MAX
    from exchange.limits import ENTRY_MAX

    pinned = trust_files.load(read_trust_files(trust))
    data = read_file(proof, PROOF_MAX)
    given = None if entry is None else read_file(entry, ENTRY_MAX)
    found = prove.verify(data, pinned, given)
    if json:
        options.emit({"ok": True, **as_json(found)})
    else:
        print("\n".join(lines(found)))
    return 0


def verify_fork(file: Path, trust: list[Path], *, json: bool) -> int:
    """Judge a proof that a log is forked; 0 if it is one."""
    from exchange.audit import trust_files
    from exchange.audit.judge.keys import keys_of
    from exchange.ledger import checkpoint, fork
    from exchange.ledger.note import parse_note
    from exchange.trust.key_ends import key_ends

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
    heads = [checkpoint.parse_head(parse_note(note).text) for note in notes]
    times = [checkpoint.verify_head(note, keys.log).time_s for note in notes]
    lines = [ends.cosignatures(note, keys.mirrors) for note in notes]
    if json:
        told = [
            {"size": head.size, "at": time * SECOND, "cosigned_by": sorted(by)}
            for head, time, by in zip(heads, times, lines, strict=True)
        ]
        options.emit({"ok": True, "origin": proof.origin, "heads": told})
        return 0
    for line in _fork_lines(proof.origin, heads, times, lines):
        print(line)
    return 0


def _fork_lines(
    origin: str,
    heads: "Sequence[Head]",
    times: Sequence[int],
    cosigned: Sequence[Iterable[str]],
) -> Iterator[str]:
    """Yield what a proof shows: the two heads, when each was signed, and by whom."""
    from exchange.audit.text.audit_text import when

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
    """Return what a proof proves; times in ms UTC."""
    from exchange.audit.export.prove import claimed

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
    """Yield what a proof proves, and what it does not."""
    from exchange.audit.export.prove import claimed
    from exchange.audit.text.audit_text import when
    from exchange.v1 import envelope_pb2 as pb

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
