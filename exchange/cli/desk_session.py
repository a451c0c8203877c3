"""Shared parts of a desk's commands: open it, list its bulletins."""

import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated

from exchange.cli import options
from exchange.cli.lazy import lazy_imports
from exchange.cli.options import option
from exchange.clock import elapsed_ms
from exchange.errors import TEXTS, FusionError, Reason, Refusal, Unreachable
from exchange.words import DEFAULT, lang, say, say_n, word
from exchange.words.local_time import use_zone
from exchange.words.text_width import cells

with lazy_imports():
    from exchange import config
    from exchange.bulletin import kinds
    from exchange.bulletin.codes import label
    from exchange.bulletin.error_text import refusal
    from exchange.bulletin.prose import known_language
    from exchange.desk import officer as officers
    from exchange.desk import state_words
    from exchange.desk.client import Desk
    from exchange.desk.deadlines.missing_bulletins import describe_gap, describe_jump
    from exchange.desk.link.clock_words import describe_clock
    from exchange.desk.mailbox import Mailbox, Row
    from exchange.desk.outgoing.result import Sent
    from exchange.v1 import envelope_pb2
    from exchange.watch.locked_count import LockedCount
    from tui.alarm import AlarmBell

Officer = Annotated[str, option("--officer", "Officer to read and sign as.", "duty-1")]
To = Annotated[
    list[str] | None,
    option("--to", "Desk, or @GROUP, addressed for action. Repeatable.", "DESK"),
]
Tlp = Annotated[str, option("--tlp", "TLP: CLEAR, GREEN, AMBER, AMBER_STRICT or RED.")]
Remark = Annotated[
    str, option("--remark", "A remark, sealed for all recipients of the bulletin.")
]
Confirm = Annotated[
    list[str] | None,
    option(
        "--confirm",
        "Finding that is not personal data: 'remark PHONE'. Repeatable.",
        "FINDING",
    ),
]
LIMIT, LIMIT_MAX = 1_000, 1_000_000_000
Limit = Annotated[
    int, option("--limit", "Show at most N, newest first.", min=1, max=LIMIT_MAX)
]
SYNC_S = 5.0  # wait for arrived messages
OLD_RING = word(
    "{file} is older than one that was here; put the newer one back, or if it is lost"
    " run fusion keys rotate"
)
_DAMAGED = word(
    "{node} sent the text of {place} damaged; it is fetched again; inform its operator"
)
NODE_FAULTS = {
    "HIDDEN": word("{node} had withheld {place}; it is here now; inform its operator"),
    "WRAPS": _DAMAGED,
    "BODY": _DAMAGED,
}
"""Fault of the own node -> message to the officer."""
DRAFT_FAULTS = {
    "HIDDEN": word("{node} hides the draft {name}, which it has; inform its operator"),
    "ALTERED": word(
        "{node} shows a different draft under the name {name}; inform its operator"
    ),
    "REPLAYED": word(
        "{node} still shows the draft {name}, which is closed; inform its operator"
    ),
    "UNSIGNED": word(
        "{node} reports the draft {name} as given back without a releaser's"
        " signature; inform its operator"
    ),
}
"""Fault of the own node with a draft -> message to the officer."""


def load_desk() -> None:
    import exchange.desk.client  # noqa: F401 - it opens the desk


@contextmanager
def open_desk(
    home: Path,
    officer: str,
    passphrase_fd: int | None,
    secret: str = "",
    load: Callable[[], None] = load_desk,
) -> "Iterator[Desk]":
    """Open it with the passphrase: `secret`, or asked for.

    `load` imports the caller's modules while the keystore opens, 0.2 s on another core.
    """
    folder = config.desk_home(home)
    short = officers.choose(folder, config.read_desk(folder), officer)
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    loader = ThreadPoolExecutor(1)
    try:
        with count_locked(home, say("Passphrase of {owner}:", owner=short)):
            loading = loader.submit(load)
            secret = secret or options.passphrase(passphrase_fd, short)
        pin = options.pin(passphrase_fd) if officers.needs_pin(folder, short) else ""
    except BaseException:
        loader.shutdown()  # the error's text imports too: not at once
        raise
    loader.shutdown(wait=False)  # its thread ends with this call
    with unlocked_desk(home, short, secret, pin, loading.result) as desk:
        yield desk


@contextmanager
def unlocked_desk(
    home: Path,
    short: str,
    secret: str,
    pin: str = "",
    load: Callable[[], None] = load_desk,
) -> "Iterator[Desk]":
    """Open the desk for duty-1; a key on a token signs only with its PIN."""
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # keep gRPC's log off stderr
    folder = config.desk_home(home)
    settings = config.read_desk(folder)
    use_zone(settings.zone)
    unlocking = officers.start_unlock(folder, settings, short, secret, pin)
    load()
    with Desk.open_with(home, unlocking) as desk:
        yield desk


def show_local_time(home: Path) -> None:
    if (home.expanduser() / "desk" / "config.toml").exists():
        use_zone(config.read_desk(config.desk_home(home)).zone)


def refresh(desk: "Desk") -> None:
    """Hand over and take messages; a stopped node is no error.

    Prints on stderr the progress of a long catch-up, and the faults found in the own
    node.
    """
    try:
        desk.sync(SYNC_S)
    except Unreachable:
        pass
    except FusionError as error:
        print(f"{desk.node}: {refusal(error)}", file=sys.stderr)
    for line in _notices(desk):
        print(line, file=sys.stderr)


def _notices(desk: "Desk") -> "Iterator[str]":
    """Yield warnings that an officer needs before reading or signing."""
    if (clock := desk.moment().clock) is not None:
        yield say(
            "{fault}; set it before you sign: the node may refuse a signature made now",
            fault=describe_clock(clock),
        )
    if (far := desk.catch_up()) is not None and far.left:
        yield say(
            "{taken} of {known} entries have arrived; the next command takes more",
            taken=far.taken,
            known=far.known,
        )
    for jump in desk.mailbox.numbers.jumps():
        told = describe_jump(desk, jump)
        by = f"fusion desk number {jump.desk} {jump.number}"
        yield say("{line}; to explain it, run {command}", line=told, command=by)
    for gap in desk.mailbox.numbers.alarmed_gaps(desk.moment().expired_at):
        told, by = describe_gap(desk, gap), f"fusion list --proposal {gap.desk}"
        yield say("{line}; to write the RFI, run {command}", line=told, command=by)
    for log in desk.withheld_logs():
        yield say(
            "{node} leaves out directory entries of {log}: its new entries are not"
            " verified; inform its operator",
            node=desk.node,
            log=log,
        )
    for _, file in desk.own_alarms():
        yield say(OLD_RING, file=file)
    for reason, place in desk.node_faults():
        yield say(NODE_FAULTS[reason], node=desk.node, place=place)
    for name, what in desk.draft_faults().items():
        yield draft_fault_line(desk.node, name[:16], what)


def draft_fault_line(node: str, name: str, what: str) -> str:
    if what in DRAFT_FAULTS:
        return say(DRAFT_FAULTS[what], node=node, name=name)
    known = what in Reason.__members__
    why = say(TEXTS[Reason(what) if known else Reason.INTERNAL])
    return say(
        "{node} sent the draft {name}, which fails verification: {why}; it is not"
        " shown",
        node=node,
        name=name,
        why=why,
    )


@contextmanager
def open_refreshed(
    home: Path, officer: str, passphrase_fd: int | None
) -> "Iterator[Desk]":
    with open_desk(home, officer, passphrase_fd) as desk:
        refresh(desk)
        yield desk


def outcome(sent: "Sent", node: str, trouble: FusionError | None = None) -> int:
    """Print why a node refused the message; return the exit code.

    A kept message counts as done even if the hand-over failed (`trouble`).
    """
    if not sent.reason:
        if sent.state == "queued" and trouble is not None:
            print(f"{node}: {refusal(trouble)}", file=sys.stderr)
        return 0
    print(refusal(Refusal(sent.refusal, node)), file=sys.stderr)
    if sent.state == "resign":
        told = say(
            "sign it again: fusion send --again {name}", name=sent.name.hex()[:16]
        )
        print(told, file=sys.stderr)
    return Refusal.exit_code


def language(home: Path, tag: str) -> str:
    """Return en, ur or zh-Hans: the tag, else the program's.

    Raises Refusal(LANGUAGE) for another tag or setting.
    """
    if tag:
        return known_language(tag, "--lang")
    folder = config.desk_home(home)
    known_language(
        config.read_desk(folder).language or DEFAULT,
        f"{config.short(folder.config)}: language",
    )
    return lang()


def node_of(row: "Row") -> str:
    """Return the node that recorded it, or is to."""
    return row.origin.partition(".fusion/")[0] or row.desk.partition(".")[2]


def place_of(row: "Row", mailbox: "Mailbox") -> str:
    """Return "-" before it has a place; with the log's name if the node has several."""
    log = mailbox.logs.name(row.origin) if row.origin else node_of(row)
    return f"{log}#{'-' if row.index is None else row.index}"


def kind_of(row: "Row") -> str:
    """Return RECALL for a recall; "" if it did not open."""
    return row.kind or ("RECALL" if row.envelope == envelope_pb2.KIND_RECALL else "")


def describe_state(state: str) -> str:
    """Return the words for a state; in English, the code as in JSON."""
    return state if lang() == DEFAULT else say(state_words.STATES[state])


def drill(row: "Row") -> str:
    return "" if row.mode == "ACTUAL" else f"{code('mode', row.mode)} "


def describe_kind(row: "Row") -> str:
    if kind := kinds.KINDS.get(row.kind):
        return kind.labels[lang()]
    return say("Recall") if kind_of(row) == "RECALL" else row.kind


def code(codes: str, value: str) -> str:
    """Return the label of a code; in English, the code itself."""
    return value if lang() == DEFAULT else label(codes, value, lang())


def column(text: str, width: int) -> str:
    """Pad to terminal columns; a Chinese character takes two."""
    return text + " " * (width - cells(text))


LOCKED = "FUSION_LOCKED"
"""Environment variable set by a terminal that locked itself: the alarm setting."""


@contextmanager
def count_locked(home: Path, asked: str) -> Iterator[None]:
    """Show how many FLASH wait, and ring, while the block asks for a passphrase.

    Only in a terminal that locked itself. `asked` is the prompt, printed again below
    the number. An error here never keeps an officer out.
    """
    alarm = os.environ.pop(LOCKED, None)
    if alarm is None:
        yield
        return
    count = None
    with suppress(FusionError, OSError):
        count = LockedCount(home, _Bell(alarm, asked).tell)
        count.start()
    try:
        yield
    finally:
        if count is not None:
            count.stop()


class _Bell:
    def __init__(self, setting: str, asked: str) -> None:
        self._setting, self._asked = setting, asked
        self._alarm, self._shown = AlarmBell(), 0

    def tell(self, names: frozenset[str]) -> None:
        """Show a changed number; ring if due."""
        rings = self._alarm.rings_for(names, self._setting, elapsed_ms())
        if rings or len(names) != self._shown:
            self._shown = len(names)
            said = say_n("{n} FLASH waits", "{n} FLASH wait", len(names))
            none = say("No FLASH waits.")
            line = f"‼ {said}" if names else none
            bell = "\a" if rings else ""
            print(f"\r\x1b[K{bell}{line}\n{self._asked} ", end="", file=sys.stderr)
            sys.stderr.flush()
