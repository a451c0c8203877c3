"""Whether wraps and body are rightly no longer there: erased, and not missing."""

from collections.abc import Callable, Iterator

from google.protobuf.message import DecodeError

from exchange import envelope
from exchange.errors import Refusal
from exchange.store.raw import Raw
from exchange.store.sums import Value
from exchange.trust import retention, statements
from exchange.trust.bundle import Bundle
from exchange.trust.directory import Directory
from exchange.v1 import envelope_pb2 as pb

Gone = Callable[[pb.Core], bool]
"""Answers a header with whether its wraps and body may have been erased by now."""


def never(_: pb.Core) -> bool:
    """Answer that nothing was."""
    return False


def gone(raw: Raw, node: str, bundle: Bundle, now: int) -> Gone:
    """Return what is erased by `now` (ms UTC) in the logs of `node`.

    By every statement that stands in them, also above the entry: the newest counts.
    They are read as they stand; whether they are sound is for who verifies the logs.
    """
    directory = Directory(node, bundle)
    own = f"{node}.fusion/log/"
    logs = [log.number for log in raw.logs() if str(log.origin).startswith(own)]
    found = (each for log in logs for each in stated(raw, log))
    for index, (core, statement) in enumerate(found):
        directory.apply(index, core, statement)
    period = retention.of(directory)
    return lambda core: period.erased(core.expires, now)


def stated(raw: Raw, log: Value) -> Iterator[tuple[pb.Core, pb.Statement]]:
    """Yield the statements that a log holds as ACCEPTED, as they stand."""
    for entry in raw.directory(log):
        if not isinstance(entry, bytes):
            continue
        try:
            core = envelope.parse_core(envelope.split(entry).core_bytes)
            yield core, statements.parse_statement(core.clear)
        except (Refusal, DecodeError):
            continue
