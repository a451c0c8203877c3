"""fusion serve: run the node of a home until it is stopped."""

import ctypes
import os
from typing import Annotated

from exchange.cli import options
from exchange.cli.options import option
from exchange.limits import HEAP_PIECE, HEAPS

# Below TLS 1.3 gRPC may use only this suite, which needs a pre-shared key. There is
# none, so its servers and clients refuse older versions. This does not select the
# suites of TLS 1.3.
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
    If the log's key is on a token, its PIN is asked for first.
    """
    share_heap()
    os.environ["GRPC_VERBOSITY"] = "NONE"  # keep gRPC's log off stderr
    os.environ["GRPC_SSL_CIPHER_SUITES"] = TLS_1_3_ONLY  # before importing gRPC
    import asyncio

    from exchange import config, telemetry
    from exchange.cli.serve_loop import serve

    node = config.node_home(home)
    telemetry.start()
    pin = options.pin(passphrase_fd) if config.log_needs_pin(node) else ""
    with config.hold_lock(node.folder):
        asyncio.run(serve(home, until_eof=until_eof, pin=pin))


def share_heap() -> None:
    """Make all threads share one heap; call before any thread.

    Otherwise glibc keeps a heap per thread at its largest size ever: some 30 MiB of a
    node. Fresh pages for each copy of a frame would cost 10 us a bulletin: messages
    stay in the heap.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_ARENA_MAX, HEAPS)
        mallopt(M_MMAP_THRESHOLD, HEAP_PIECE)
        mallopt(M_TRIM_THRESHOLD, HEAP_PIECE)
