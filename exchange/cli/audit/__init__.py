"""fusion audit: the signed history, verified by public keys alone."""

import typer

from exchange.cli.audit import compare, export, prove, report, verify
from exchange.cli.frame import subcommand

app = typer.Typer(help="Export and verify the signed history.")

subcommand(app, "export")(export.export)
subcommand(app, "sign")(export.sign)
subcommand(app, "verify")(verify.command)
subcommand(app, "compare")(compare.command)
subcommand(app, "prove")(prove.command)
app.command("report")(report.command)
app.command("browse")(export.browse_ledger)
