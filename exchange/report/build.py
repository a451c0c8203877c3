"""Build the report on an export."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from msgspec import Struct

from exchange.audit.result import Audit
from exchange.audit.sources.export_file import Export
from exchange.core import TIME_MAX
from exchange.errors import Reason, Refusal
from exchange.report.anomaly_queries import Oddities
from exchange.report.cosigning import Cosigning, cosigning
from exchange.report.derived_tables import derive
from exchange.report.header_table import LogVerification, gather_headers
from exchange.report.statistics import MODES, Counted, Figures, figures


class ExportReport(Struct, frozen=True):
    """The report on an export.

    `node` made the file of that `digest` at `exported` (ms UTC). `trusted` has domain
    and serial of the bundles that verified it, if any; `wrong` counts its faults;
    `audit` has other findings, None if unverified. `figures` has each of MODES with the
    first rows of each list; `counted` has all rows while the report is open.
    """

    node: str
    exported: int
    digest: bytes
    entries: int
    signatures: int
    wrong: int
    trusted: Sequence[tuple[str, int]]
    figures: Mapping[int, Figures | None]
    cosigning: Cosigning
    oddities: Oddities
    counted: Callable[[int], Counted]
    audit: Audit | None = None


@contextmanager
def build_report(
    export: Export,
    judged: Mapping[str, LogVerification],
    trusted: Sequence[tuple[str, int]] = (),
    audit: Audit | None = None,
) -> Iterator[ExportReport]:
    """Yield the report on an export, from the verification of each log.

    Raises Refusal(INPUT) if the file is no export, or its time is out of range.
    """
    exported = export.exported
    if not 0 < exported <= TIME_MAX:
        raise Refusal(Reason.INPUT, "export: time")
    with gather_headers(export, judged) as db:
        derive(db)
        cosigned = cosigning(db, exported)
        yield ExportReport(
            export.node,
            exported,
            export.digest,
            sum(log.size for log in export.logs),
            sum(found.signatures for found in judged.values()),
            sum(found.wrong for found in judged.values()),
            trusted,
            {mode: figures(db, mode, exported) for mode in MODES},
            cosigned,
            Oddities(db, judged, cosigned, exported),
            lambda mode: Counted.of(db, mode, exported),
            audit,
        )
