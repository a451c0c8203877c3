"""fusion audit compare: the differences between two exports."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

from exchange.cli.audit.common import read_trust_files
from exchange.cli.frame import Reply
from exchange.cli.lazy import lazy_imports
from exchange.cli.options import argument, option
from exchange.cli.terminal import Progress
from exchange.words import say, say_n

with lazy_imports():
    from exchange.atomic_file import atomic
    from exchange.audit import trust_files
    from exchange.audit.compare import Compared, compare
    from exchange.audit.sources.export_file import Export


def command(
    a: Annotated[Path, argument("A", "The first export.")],
    b: Annotated[Path, argument("B", "The second export.")],
    trust: Annotated[
        list[Path] | None,
        option(
            "--trust",
            "Trust file of a nation, repeatable; then only signed heads count.",
            "FILE",
        ),
    ] = None,
    fork: Annotated[
        Path | None, option("--fork", "File for the proof of a fork.", "OUT")
    ] = None,
) -> Reply:
    """Find the first entry that differs in each log, and contradictory heads.

    A log that is only behind is not a difference, unless the exporting node had signed
    more of it a minute before: ROLLED BACK. Two contradictory heads of a log are a
    FORK; the proof is written to --fork, with the log's name added if there are
    several. Exit code 1 if entries differ or follow the newest head (UNSIGNED), or if
    directory heads differ or are missing from one export (DIRECTORY HEADS).
    """
    comparisons = _compared(a, b, trust or [])
    forks = [comparison for comparison in comparisons if comparison.proof is not None]
    written = _write(forks, fork) if fork is not None else {}
    ok = all(comparison.ok for comparison in comparisons)
    logs = [_as_json(comparison, written) for comparison in comparisons]
    lines = [line for one in comparisons for line in _lines(one, written)]
    return Reply({"ok": ok, "logs": logs}, lines, ok)


def _compared(a: Path, b: Path, given: list[Path]) -> "list[Compared]":
    pinned = trust_files.load(read_trust_files(given)) if given else None
    shown = Progress()
    with ExitStack() as stack:
        stack.callback(shown.end)
        one, other = (stack.enter_context(Export.open(path)) for path in (a, b))
        return compare(one, other, pinned, shown.tell)


def _write(forks: "list[Compared]", out: Path) -> dict[str, str]:
    if not forks:
        return {}
    written = {}
    for one in forks:
        name = one.origin.replace("/", "-")
        path = out if len(forks) == 1 else out.with_name(f"{out.name}.{name}")
        with atomic(path) as file:
            file.write(one.proof or b"")
        written[one.origin] = str(path)
    return written


def _as_json(comparison: "Compared", written: dict[str, str]) -> dict[str, object]:
    return {
        "origin": comparison.origin,
        "ok": comparison.ok,
        "a": comparison.a,
        "b": comparison.b,
        "lag": comparison.lag,
        "first_difference": comparison.differs,
        "unsigned": list(comparison.unsigned),
        "rolled_back": list(comparison.rolled_back),
        "directory_heads_differ": comparison.directories.differs,
        "directory_heads_missing": list(comparison.directories.lack),
        "fork": list(comparison.sizes) if comparison.fork else None,
        "proof": written.get(comparison.origin),
    }


def _lines(comparison: "Compared", written: dict[str, str]) -> "Iterator[str]":
    if comparison.a is None or comparison.b is None:
        holder, size = (
            ("B", comparison.b) if comparison.a is None else ("A", comparison.a)
        )
        line = say_n(
            "only {held} has it, {n} entry",
            "only {held} has it, {n} entries",
            size or 0,
            held=holder,
        )
        yield "; ".join((f"{comparison.origin}: {line}", *_rolled_back(comparison)))
        return
    line = f"{comparison.origin}: {_difference(comparison, comparison.a, comparison.b)}"
    if any(comparison.unsigned):
        a, b = comparison.unsigned
        tail = say("UNSIGNED beyond the newest head: A {a}, B {b}", a=a, b=b)
        line = f"{line}; {tail}"
    for told in (*_rolled_back(comparison), *_directories(comparison)):
        line = f"{line}; {told}"
    yield line
    if comparison.fork:
        where = written.get(comparison.origin)
        small, large = comparison.sizes
        line = say(
            "FORK: no tree has both heads, of {small} and of {large} entries",
            small=small,
            large=large,
        )
        yield f"  {line}"
        if where:
            yield f"  {say('proof written to {file}', file=where)}"
        else:
            yield f"  {say('--fork OUT writes the proof')}"


def _rolled_back(comparison: "Compared") -> "Iterator[str]":
    """Yield exports that end before a head their own node had signed."""
    for name in comparison.rolled_back:
        yield say("{export} is ROLLED BACK: its node had signed more", export=name)


def _directories(comparison: "Compared") -> "Iterator[str]":
    if (size := comparison.directories.differs) is not None:
        yield say_n(
            "DIRECTORY HEADS of {n} entry differ",
            "DIRECTORY HEADS of {n} entries differ",
            size,
        )
    for name, lacks in zip("AB", comparison.directories.lack, strict=True):
        if lacks:
            yield say("DIRECTORY HEADS MISSING in {export}", export=name)


def _difference(comparison: "Compared", a: int, b: int) -> str:
    if comparison.differs is not None:
        return say(
            "differs from #{index} on; A {a}, B {b}", index=comparison.differs, a=a, b=b
        )
    if comparison.lag:
        return say_n(
            "the same, but {behind} is {n} entry behind",
            "the same, but {behind} is {n} entries behind",
            comparison.lag,
            behind="A" if a < b else "B",
        )
    return say_n("the same, {n} entry", "the same, {n} entries", a)
