"""fusion audit: the signed history, verified by public keys alone."""

import typer

from exchange.cli.audit import browse, compare, export, prove, report, sign, verify

app = typer.Typer(help="Export and verify the signed history.")


@app.callback()
def _nothing() -> None:
    """Export and verify the signed history."""


app.command("export")(export.command)
app.command("sign")(sign.command)
app.command("verify")(verify.command)
app.command("compare")(compare.command)
app.command("prove")(prove.command)
app.command("report")(report.command)
app.command("browse")(browse.command)
