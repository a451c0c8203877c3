"""Exports as somebody else may write them: right in form, with anything in them."""

from dataclasses import dataclass, field
from pathlib import Path

from msgspec import Struct

from exchange.audit.sources import records
from exchange.audit.sources.export_file import NUMBER, Export


@dataclass
class Log:
    """One log's records by kind."""

    size: int
    items: dict[int, list[bytes]] = field(default_factory=dict)

    @property
    def entries(self) -> list[bytes]:
        return self.items[records.ENTRIES]

    @property
    def heads(self) -> list[bytes]:
        return self.items[records.HEADS]


class Content(Struct):
    """All that an export holds."""

    node: str
    exported: int
    logs: dict[str, Log]

    def write(self, path: Path) -> Path:
        """Write it down, whatever it is, with digests that are right."""
        data, rows = records.MAGIC, []
        for kind, items in self._records():
            for row, record in records.chunks(kind, items):
                rows.append(row)
                data += record
        index = records.index(rows)
        path.write_bytes(data + index + records.trailer(len(data), index))
        return path

    def _records(self) -> list[tuple[int, list[bytes]]]:
        header = [self.node.encode(), NUMBER.pack(self.exported)]
        found = [(records.HEADER, header)]
        for origin, log in self.logs.items():
            found.append((records.LOG, [origin.encode(), NUMBER.pack(log.size)]))
            found += sorted(log.items.items())
        return found


def content(path: Path) -> Content:
    """Return what an export holds, to be changed."""
    with Export.open(path) as export:
        logs = {
            log.origin: Log(
                log.size,
                {
                    kind: [item for chunk in chunks for item in export.read(chunk)]
                    for kind, chunks in log.chunks.items()
                },
            )
            for log in export.logs
        }
        return Content(export.node, export.exported, logs)
