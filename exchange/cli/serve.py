"""fusion serve: run the node of a home until it is told to stop."""

import ctypes
import os
from typing import Annotated

from exchange.cli import options
from exchange.cli.options import option
from exchange.limits import HEAP_PIECE, HEAPS

# The suite that gRPC may use below TLS 1.3 needs a shared key, and there is none: so
# neither its servers nor its clients agree on an older version. The suites of TLS 1.3
# are not chosen by this.
TLS_1_3_ONLY = "ECDHE-PSK-AES256-CBC-SHA"

# Parameters of glibc's mallopt.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8


def command(
    home: options.Home = options.HOME_DEFAULT,
    until_eof: Annotated[
        bool, option("--until-eof", "Also stop when stdin is closed.")
    ] = False,
    passphrase_fd: options.PassphraseFd = None,
) -> None:
    """Run the node.

    Prints one line when ready. SIGTERM or Ctrl+C stops it after the calls in progress.
    Where the log's key is on a token, its PIN is asked for first.
    """
    share_heap()
    os.environ["GRPC_VERBOSITY"] = "NONE"  # nothing but our own words on stderr
    os.environ["GRPC_SSL_CIPHER_SUITES"] = TLS_1_3_ONLY  # before gRPC is imported
    import asyncio

    from exchange import config, telemetry
    from exchange.cli.serve_loop import serve

    node = config.node_home(home)
    telemetry.start()
    pin = options.pin(passphrase_fd) if config.log_needs_pin(node) else ""
    with config.hold_lock(node.folder):
        asyncio.run(serve(home, until_eof=until_eof, pin=pin))


def share_heap() -> None:
    """Let all threads share a heap, and give large pieces back; before there are any.

    Else glibc keeps a heap for each of them, as large as it ever was: with the frames
    that pass through, some 30 MiB of a node. A message stays in the heap: pages that
    the system must give and clear again for each copy of a frame cost 10 us a bulletin.
    Another C library is left as it is.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_ARENA_MAX, HEAPS)
        mallopt(M_MMAP_THRESHOLD, HEAP_PIECE)
        mallopt(M_TRIM_THRESHOLD, HEAP_PIECE)
