"""fusion audit: the signed history, verified by public keys alone."""

import typer

from exchange.cli.audit.common import CHECK_FAILED, Progress
from exchange.cli.audit.whole import verify

__all__ = ["CHECK_FAILED", "Progress", "app", "verify"]

app = typer.Typer(help="Export and verify the signed history.")


@app.callback()
def _nothing() -> None:
    """Export and verify the signed history."""


def _add() -> None:
    """Add the commands; those that live elsewhere import what stands above."""
    from exchange.cli import audit_report
    from exchange.cli.audit import exporting, verifying

    app.command("export")(exporting.command)
    app.command("verify")(verifying.command)
    app.command("report")(audit_report.command)


_add()
