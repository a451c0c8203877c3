"""fusion serve: run the node of a home until it is told to stop."""

import os
from typing import Annotated

import typer

from exchange.cli import options

# The suite that gRPC may use below TLS 1.3 needs a shared key, and there is none: so
# neither its servers nor its clients agree on an older version. The suites of TLS 1.3
# are not chosen by this.
TLS_1_3_ONLY = "ECDHE-PSK-AES256-CBC-SHA"


def command(
    home: options.Home = options.HOME_DEFAULT,
    until_eof: Annotated[
        bool,
        typer.Option("--until-eof", help="Also stop when stdin is closed."),
    ] = False,
) -> None:
    """Run the node.

    Prints one line when ready. SIGTERM or Ctrl+C stops it after the calls in progress.
    """
    os.environ["GRPC_VERBOSITY"] = "NONE"  # nothing but our own words on stderr
    os.environ["GRPC_SSL_CIPHER_SUITES"] = TLS_1_3_ONLY  # before gRPC is imported
    import asyncio

    from exchange import config, telemetry
    from exchange.cli.serve_loop import serve

    node = config.node_home(home)
    telemetry.start()
    with config.hold_lock(node.folder):
        asyncio.run(serve(home, until_eof=until_eof))
