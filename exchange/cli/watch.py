"""fusion watch: call a hook for waiting FLASH and for alarms, without a terminal."""

import os
import signal
from pathlib import Path
from threading import Event
from typing import Annotated

import msgspec

from exchange.cli import options
from exchange.cli.lazy import lazy_imports
from exchange.cli.options import option
from exchange.errors import Reason, Refusal, Why
from exchange.words import say

with lazy_imports():
    from exchange import config
    from exchange.config import WatchConfig
    from exchange.config.hook_record import read_tries
    from exchange.config.watched_part import WatchedPart, watched_part
    from exchange.desk.link.connect import connect_to_status
    from exchange.watch.notice import Notice, What
    from exchange.watch.rounds import Watch, Way, try_line, ways

_NOBODY = Why("has no recipient; add a hook, or a file of Apprise URLs")

Once = Annotated[
    bool, option("--once", "Look once, call each hook that is due, and end.")
]
Test = Annotated[bool, option("--test", "Call each hook with a test notice, and end.")]
Log = Annotated[bool, option("--log", "Print each call that is recorded, and end.")]


def command(
    home: options.Home = options.HOME_DEFAULT,
    once: Once = False,
    test: Test = False,
    log: Log = False,
    json: options.Json = False,
) -> int:
    """Call a hook for FLASH that wait at this desk, and for alarms of its node.

    Needs no officer's key and reads only the unencrypted headers. Set its hooks in
    [watch] of desk/config.toml; without a desk, in node/config.toml: then it reports
    only the node's alarms. By default a notice gives only the desk and the number of
    FLASH waiting. Runs until SIGTERM or Ctrl+C; one at a time in a home.

    With --once or --test, exit code 1 if a hook failed.
    """
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    watched = watched_part(home)
    if log:
        return _print_log(watched.folder, json=json)
    settings, called = _read_settings(watched)
    with config.hold_lock(config.private_folder(watched.folder)):
        client = connect_to_status(home)
        watch = Watch(home, watched, client, called, settings, _line, Event())
        if test:
            return _test(watch)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: watch.end())
        if not once:
            _line(say("watching {desk}", desk=watched.name))
        watch.run(once=once)
    return options.CHECK_FAILED if once and watch.failed else 0


def _read_settings(watched: "WatchedPart") -> "tuple[WatchConfig, list[Way]]":
    """Raise Refusal(FIELD_MISSING) without a way."""
    settings = watched.settings
    called = ways(watched.part, settings)
    if settings is None or not called:
        raise Refusal(Reason.FIELD_MISSING, watched.where, _NOBODY)
    return settings, called


def _line(text: str) -> None:
    print(text, flush=True)


def _test(watch: "Watch") -> int:
    """Return 1 if one fails."""
    notice = Notice(What.TEST, watch.watched.name, 1, 1, options.now())
    for way in watch.channels:
        watch.call(way, notice)
    return options.CHECK_FAILED if watch.failed else 0


def _print_log(folder: Path, *, json: bool) -> int:
    tries = read_tries(folder)
    if json:
        options.emit({"tries": [msgspec.to_builtins(one) for one in tries]})
    else:
        print("\n".join(map(try_line, tries)) or say("No match."))
    return 0
