"""fusion desk: back a desk up, restore it, move it, archive its records."""

import os
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from exchange.cli import (
    desk_group,
    desk_handover,
    desk_session,
    erasure_output,
    options,
)
from exchange.cli.progress import Tell, show_progress
from exchange.words import say, say_n

if TYPE_CHECKING:
    from exchange.config import DeskHome
    from exchange.desk.archive.read_archive import ArchivedRecord, ArchiveReader
    from exchange.desk.client import Desk
    from exchange.home.desk_backup import BackupProof

app = typer.Typer(help="Back up, restore, move and archive a desk.")
app.add_typer(desk_handover.app, name="handover")
app.add_typer(desk_group.app, name="group")
OptionalName = Annotated[
    str,
    typer.Argument(
        metavar="[NAME]",
        help="The bulletin, by its place in a log or its name; else all are listed.",
    ),
]
BackupFd = Annotated[
    int | None,
    typer.Option(
        "--backup-passphrase-fd",
        metavar="N",
        help="Read the backup's passphrase from this file descriptor.",
    ),
]


@app.callback()
def _nothing() -> None:
    """Back up, restore, move and archive a desk."""


@app.command()
def backup(
    out: options.Out0600,
    home: options.Home = options.HOME_DEFAULT,
    officer: desk_session.Officer = "",
    passphrase_fd: options.PassphraseFd = None,
    backup_passphrase_fd: BackupFd = None,
    json: options.Json = False,
) -> None:
    """Write all of a desk to one file, sealed under a passphrase of its own.

    Keys, settings and mailbox as they stand at one moment; programs of the desk may go
    on. At the end the file is read back, and what it holds is counted. Whoever has the
    file and its passphrase still needs an officer's passphrase to read a bulletin.
    """
    from exchange.home import desk_backup

    desk, key, secret = _unlocked(home, officer, passphrase_fd, backup_passphrase_fd)
    proof = desk_backup.back_up(desk, key, out, secret, options.now())
    _tell(proof, json=json)


@app.command()
def move(
    out: options.Out0600,
    home: options.Home = options.HOME_DEFAULT,
    officer: desk_session.Officer = "",
    yes: options.Yes = False,
    passphrase_fd: options.PassphraseFd = None,
    backup_passphrase_fd: BackupFd = None,
    json: options.Json = False,
) -> None:
    """Write all of a desk to one file, and close the desk at this place.

    The file is a backup; `fusion desk restore` at the new place opens the desk again.
    Here no command opens it any more, so that one desk is not run at two places. End
    its programs first. Then erase what is left here with `fusion wipe`.
    """
    from exchange.home import desk_backup

    asked = say("This desk will not open here any more. Type yes:")
    options.confirm(asked, yes=yes)
    desk, key, secret = _unlocked(home, officer, passphrase_fd, backup_passphrase_fd)
    proof = desk_backup.move(desk, key, out, secret, options.now())
    _tell(proof, json=json)


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The backup.")],
    home: options.Home = options.HOME_DEFAULT,
    officer: desk_session.Officer = "",
    passphrase_fd: options.PassphraseFd = None,
    backup_passphrase_fd: BackupFd = None,
    json: options.Json = False,
) -> None:
    """Write the desk of a backup into a home that has none; nothing is replaced.

    An officer's passphrase opens the mailbox, which must be whole and hold what was
    counted. Then the desk takes from its node what came since. Until it has done that,
    send nothing: what it sent since the backup is known to its node alone.
    """
    from exchange.home import desk_backup

    sealed = options.passphrase(backup_passphrase_fd, say("the backup"))
    secret = options.passphrase(passphrase_fd, officer or say("an officer"))
    proof = desk_backup.restore(file, home, sealed, officer, secret)
    caught_up = _catch_up(home, officer, secret)
    _tell(proof, json=json, caught_up=caught_up)


def _unlocked(
    home: Path, officer: str, officer_fd: int | None, backup_fd: int | None
) -> "tuple[DeskHome, bytes, str]":
    """Return the desk, the key of its mailbox, and the passphrase of the new backup."""
    from exchange import config
    from exchange.desk import officer as officers

    desk = config.desk_home(home)
    settings = config.read_desk(desk)
    short = officers.choose(desk, settings, officer)
    given = options.passphrase(officer_fd, short)
    unlocked = officers.unlock(desk, settings.name, short, given)
    secret = options.passphrase(backup_fd, say("the backup"), new=True)
    return desk, unlocked.database_key, secret


def _catch_up(home: Path, officer: str, secret: str) -> bool:
    """Take from the node what came since; return whether all of it did."""
    from exchange.desk.client import Desk
    from exchange.errors import FusionError

    os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # our own words only on stderr
    try:
        with Desk.open(home, officer, secret) as desk:
            desk.sync()
            left = desk.catch_up()
            return left is not None and not left.left
    except FusionError:
        return False


def _tell(proof: "BackupProof", *, json: bool, caught_up: bool | None = None) -> None:
    found = proof.as_json()
    if json:
        more = {} if caught_up is None else {"caught_up": caught_up}
        options.emit(found | more)
        return
    rows = proof.manifest.rows
    print(say("{desk}: read back, and whole", desk=proof.manifest.desk))
    print(f"  SHA-256 {proof.digest.hex()}")
    held = [
        say_n("{n} file", "{n} files", len(proof.manifest.files)),
        say_n("{n} message", "{n} messages", rows.get("message", 0)),
        say_n("{n} translation", "{n} translations", rows.get("translation", 0)),
        say_n("{n} receipt", "{n} receipts", rows.get("receipt", 0)),
        say_n("{n} draft", "{n} drafts", rows.get("draft", 0)),
        say_n("{n} in the outbox", "{n} in the outbox", rows.get("outbox", 0)),
    ]
    print(f"  {say(', ').join(held)}")
    if caught_up:
        print(say("The desk has taken what its node holds."))
    elif caught_up is False:
        print(say("Its node holds more: run fusion list before you send."))


@app.command()
def erase(
    name: OptionalName = "",
    home: options.Home = options.HOME_DEFAULT,
    remark: desk_session.Remark = "",
    confirm: desk_session.Confirm = None,
    officer: desk_session.Officer = "",
    yes: options.Yes = False,
    passphrase_fd: options.PassphraseFd = None,
    json: options.Json = False,
) -> None:
    """Erase a text at this desk, as its author's desk asks, and sign that it is done.

    Without NAME it lists all such orders, given here and received, with who has
    answered and who has not.

    Its author asks by fusion recall --instruction DESTROY. Nobody else's order and no
    other text is taken. Text, key, translations and what the memory learnt of it go for
    ever; the signed header, receipts and the recall stay. The receipt COMPLETED tells
    the author, and --remark what the node's operator has done (fusion retain
    --recalled). Backups and archives have the text still.
    """
    from exchange.desk.erasure import erase_recalled, find_order

    if not name:
        _list_orders(home, officer, passphrase_fd, json=json)
        return
    with desk_session.open_refreshed(home, officer, passphrase_fd) as desk:
        about = desk.mailbox.search.resolve(name)
        find_order(desk.mailbox, about)
        question = say(
            "The text of {name} is erased here, for ever. Type yes:", name=name
        )
        options.confirm(question, yes=yes)
        receipt = erase_recalled(desk, about, remark, confirm or ())
    if json:
        answer = None if receipt is None else receipt.hex()
        options.emit({"name": about.hex(), "receipt": answer})
    else:
        print(say("{name}: erased at this desk", name=about.hex()[:16]))


def _list_orders(
    home: Path, officer: str, passphrase_fd: int | None, *, json: bool
) -> None:
    from exchange.desk.erasure import list_orders

    with desk_session.open_refreshed(home, officer, passphrase_fd) as desk:
        orders = list_orders(desk.mailbox)
    if json:
        options.emit({"orders": list(map(erasure_output.order_json, orders))})
        return
    for order in orders:
        print("\n".join(erasure_output.order_lines(order)))
    if not orders:
        print(say("no desk has asked that a text be destroyed"))


@app.command()
def custody(
    out: options.Out0600,
    passphrase_fd: options.PassphraseFd = None,
    json: options.Json = False,
) -> None:
    """Make the key for which archives are sealed, in two files: FILE and FILE.pub.

    FILE opens every archive that is sealed for it: keep it and its passphrase in
    custody, apart from each other, on no desk. Desks need FILE.pub alone.
    """
    from exchange.desk.archive import custody_key

    secret = options.passphrase(passphrase_fd, say("the key in custody"), new=True)
    public = custody_key.make(out, secret)
    if json:
        options.emit({"key": str(out), "public": str(public)})
    else:
        print(
            say("{file} goes into custody, {public} to desks", file=out, public=public)
        )


@app.command()
def archive(
    out: options.Out0600,
    for_: Annotated[
        Path,
        typer.Option(
            "--for", metavar="FILE.pub", help="Public half of the custody key."
        ),
    ],
    home: options.Home = options.HOME_DEFAULT,
    only: Annotated[
        str,
        typer.Option(
            "--only", metavar="WORDS", help="Only what `fusion search WORDS` finds."
        ),
    ] = "",
    officer: desk_session.Officer = "",
    passphrase_fd: options.PassphraseFd = None,
    json: options.Json = False,
) -> None:
    """Write the records of a desk to FILE, sealed for the key in custody.

    Texts, labels, translations, receipts, and what proves them: signed entries, keys of
    the texts, proofs of their places. The node must run, for it has the proofs, and a
    text that it has erased is kept but not proven any more: archive before that.
    """
    from exchange.desk.archive import custody_key, write_archive

    options.check_free(out, force=False)
    public = custody_key.read_public(for_)
    with desk_session.open_refreshed(home, officer, passphrase_fd) as desk:
        numbers = _wanted(desk, only)
        with show_progress() as tell:
            write_archive.write(desk, numbers, public, out, tell)
    if json:
        options.emit({"out": str(out), "messages": len(numbers)})
    else:
        told = say_n("{n} message", "{n} messages", len(numbers))
        print(say("{file}: {count} archived", file=out, count=told))


@app.command()
def read(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The archive.")],
    key: Annotated[
        Path, typer.Option("--key", metavar="FILE", help="The key in custody.")
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Write its JSON lines, in clear."),
    ] = None,
    passphrase_fd: options.PassphraseFd = None,
    json: options.Json = False,
) -> int:
    """Open an archive with the key in custody, and verify each record in it.

    Needs no home, no node and no network. Compare the nations' numbers with those that
    they published. Exit code 1 if a record is not as it was signed.
    """
    from exchange.desk.archive import custody_key
    from exchange.desk.archive.read_archive import ArchiveReader

    if out is not None:
        options.check_free(out, force=False)
    secret = options.passphrase(passphrase_fd, say("the key in custody"))
    archived = ArchiveReader(file, custody_key.unlock(key, secret))
    with show_progress() as tell:
        found = list(_read(archived, out, tell))
    if json:
        options.emit(
            {
                "desk": archived.head.get("desk"),
                "made": archived.head.get("made"),
                "numbers": archived.numbers(),
                "messages": [_finding_json(one) for one in found],
            }
        )
    else:
        print("\n".join(_finding_lines(archived, found)))
    return 0 if all(one.ok for one in found) else options.CHECK_FAILED


def _wanted(desk: "Desk", line: str) -> Sequence[int]:
    """Return the messages to archive, oldest first."""
    from exchange.desk.mailbox import Filter

    asked = Filter.read(line, *desk.moment().times)
    return sorted(desk.mailbox.search.ids(asked))


def _read(
    archived: "ArchiveReader", out: Path | None, tell: Tell
) -> "Iterator[ArchivedRecord]":
    """Yield what was found of each message; write the lines where that is asked."""
    from exchange.atomic_file import atomic

    with nullcontext() if out is None else atomic(out) as file:
        count, done = int(archived.head.get("messages", 0)), 0
        for line, found in archived.read():
            if file is not None:
                file.write(line)
            if found is not None:
                done += 1
                tell(str(archived.head.get("desk")), done, max(done, count))
                yield found


def _finding_json(found: "ArchivedRecord") -> dict[str, object]:
    return {
        "name": found.record["name"],
        "signed": found.signed,
        "text": found.text,
        "place": found.place,
        "cosigned": list(found.cosigned),
    }


def _finding_lines(
    archived: "ArchiveReader", every: "Sequence[ArchivedRecord]"
) -> "Iterator[str]":
    from tui.text.safe_text import safe

    head = archived.head
    yield safe(f"{head.get('desk')}, {head.get('made')}")
    for nation, number in archived.numbers().items():
        yield say("Number of {nation}: {number}", nation=nation, number=number)
    for found in every:
        record = found.record
        place = f"{record['origin']}#{record['index']}"
        yield safe(
            f"{record['name'][:16]}  {place}  {record['kind']}  {record['author']}"
        )
        told = say(
            "signature {signed}, text {content}, place {place}",
            signed=found.signed,
            content=found.text,
            place=found.place,
        )
        by = ", ".join(found.cosigned)
        yield f"    {told}{f'; {by}' if by else ''}"
