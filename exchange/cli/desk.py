"""fusion desk: back a desk up, restore it, move it, archive its records."""

import os
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from exchange.cli import desk_handover, desk_session, numbers_output, options
from exchange.cli.frame import AtDesk, Reply, subcommand
from exchange.cli.lazy import lazy_imports
from exchange.cli.message_list import decline_json
from exchange.cli.options import argument, option
from exchange.cli.terminal import Tell, show_progress
from exchange.errors import FusionError, Reason, Refusal, Why
from exchange.limits import NUMBER_MAX
from exchange.words import say, say_n

with lazy_imports():
    from exchange import config
    from exchange.atomic_file import atomic
    from exchange.bulletin.values import iso
    from exchange.config import DeskHome
    from exchange.desk import officer as officers
    from exchange.desk.answer_words import describe_decline
    from exchange.desk.archive import custody_key, write_archive
    from exchange.desk.archive.read_archive import ArchivedRecord, ArchiveReader
    from exchange.desk.client import Desk
    from exchange.desk.deadlines.declines import take_note
    from exchange.desk.deadlines.missing_bulletins import judge_number
    from exchange.desk.erasure import (
        ErasureOrder,
        erase_recalled,
        find_order,
        list_orders,
    )
    from exchange.desk.mailbox import Filter
    from exchange.desk.outgoing import address_groups
    from exchange.desk.records import AddressGroup
    from exchange.home import desk_backup
    from exchange.home.desk_backup import BackupProof

app = typer.Typer(help="Back up, restore, move and archive a desk.")
app.add_typer(desk_handover.app, name="handover")
group_app = typer.Typer(help="Name desks that are addressed together, as --to @NAME.")
app.add_typer(group_app, name="group")
OptionalName = Annotated[
    str,
    argument(
        "[NAME]",
        "The bulletin, by its place in a log or its name; else all are listed.",
    ),
]
BackupFd = Annotated[
    int | None,
    option(
        "--backup-passphrase-fd",
        "Read the backup's passphrase from this file descriptor.",
        "N",
    ),
]


@subcommand(app, "backup")
def backup(
    at: AtDesk, out: options.Out0600, backup_passphrase_fd: BackupFd = None
) -> Reply:
    """Write all of a desk to one file, sealed under a passphrase of its own.

    A snapshot of keys, settings and mailbox; the desk's programs may keep running. At
    the end the file is read back and its contents are counted. Reading a bulletin from
    the file takes its passphrase and also an officer's.
    """
    desk, key, secret = _unlocked(at, backup_passphrase_fd)
    return _proven(desk_backup.back_up(desk, key, out, secret, options.now()))


@subcommand(app, "move")
def move(
    at: AtDesk,
    out: options.Out0600,
    yes: options.Yes = False,
    backup_passphrase_fd: BackupFd = None,
) -> Reply:
    """Write all of a desk to one file, and close the desk at this place.

    The file is a backup; `fusion desk restore` at the new place opens the desk again.
    Here the desk can no longer be opened, so that it never runs in two places. Stop its
    programs first. Then erase the remaining files here with `fusion wipe`.
    """
    asked = say("This desk will not open here any more. Type yes:")
    options.confirm(asked, yes=yes)
    desk, key, secret = _unlocked(at, backup_passphrase_fd)
    return _proven(desk_backup.move(desk, key, out, secret, options.now()))


@subcommand(app, "restore")
def restore(
    at: AtDesk,
    file: Annotated[Path, argument("FILE", "The backup.")],
    backup_passphrase_fd: BackupFd = None,
) -> Reply:
    """Restore a backup into a home that has no desk; no file is replaced.

    An officer's passphrase opens the mailbox, which must be intact and match the counts
    in the backup. The desk then fetches bulletins that arrived since the backup. Do not
    send until it has finished: only the node knows what this desk sent after the
    backup.
    """
    sealed = options.passphrase(backup_passphrase_fd, say("the backup"))
    secret = options.passphrase(at.passphrase_fd, at.officer or say("an officer"))
    proof = desk_backup.restore(file, at.home, sealed, at.officer, secret)
    caught_up = _catch_up(at.home, at.officer, secret)
    reply = _proven(proof)
    last = say("Its node holds more: run fusion list before you send.")
    if caught_up:
        last = say("The desk has fetched all bulletins from its node.")
    return Reply({**reply.data, "caught_up": caught_up}, [*reply.lines, last])


def _unlocked(at: AtDesk, backup_fd: int | None) -> "tuple[DeskHome, bytes, str]":
    """Return the desk, the mailbox key, and the new backup's passphrase."""
    desk = config.desk_home(at.home)
    settings = config.read_desk(desk)
    short = officers.choose(desk, settings, at.officer)
    given = options.passphrase(at.passphrase_fd, short)
    unlocked = officers.unlock(desk, settings.name, short, given)
    secret = options.passphrase(backup_fd, say("the backup"), new=True)
    return desk, unlocked.database_key, secret


def _catch_up(home: Path, officer: str, secret: str) -> bool:
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # keep gRPC's log off stderr
    try:
        with Desk.open(home, officer, secret) as desk:
            desk.sync()
            left = desk.catch_up()
            return left is not None and not left.left
    except FusionError:
        return False


def _proven(proof: "BackupProof") -> Reply:
    rows = proof.manifest.rows
    held = [
        say_n("{n} file", "{n} files", len(proof.manifest.files)),
        say_n("{n} message", "{n} messages", rows.get("message", 0)),
        say_n("{n} translation", "{n} translations", rows.get("translation", 0)),
        say_n("{n} receipt", "{n} receipts", rows.get("receipt", 0)),
        say_n("{n} draft", "{n} drafts", rows.get("draft", 0)),
        say_n("{n} in the outbox", "{n} in the outbox", rows.get("outbox", 0)),
    ]
    lines = [
        say("{desk}: read back, and whole", desk=proof.manifest.desk),
        f"  SHA-256 {proof.digest.hex()}",
        f"  {say(', ').join(held)}",
    ]
    return Reply(proof.as_json(), lines)


@subcommand(app, "erase")
def erase(
    at: AtDesk,
    name: OptionalName = "",
    remark: desk_session.Remark = "",
    confirm: desk_session.Confirm = None,
    yes: options.Yes = False,
) -> Reply:
    """Erase a text at this desk, as its author's desk asks, and sign that it is done.

    Without NAME it lists all such orders, given here and received, with the desks that
    have answered and those that have not.

    Only the author's fusion recall --instruction DESTROY is accepted, and only for that
    text. Text, key, translations and translation-memory entries are erased permanently;
    the signed header, receipts and the recall stay. The receipt COMPLETED informs the
    author; in --remark report the action of the node's operator (fusion retain
    --recalled). Backups and archives still have the text.
    """
    with at.open_refreshed() as desk:
        if not name:
            return _orders(list_orders(desk.mailbox))
        about = desk.mailbox.search.resolve(name)
        find_order(desk.mailbox, about)
        question = say(
            "The text of {name} is erased here, for ever. Type yes:", name=name
        )
        options.confirm(question, yes=yes)
        receipt = erase_recalled(desk, about, remark, confirm or ())
    answer = None if receipt is None else receipt.hex()
    line = say("{name}: erased at this desk", name=about.hex()[:16])
    return Reply({"name": about.hex(), "receipt": answer}, [line])


def _orders(orders: "Sequence[ErasureOrder]") -> Reply:
    lines = [line for one in orders for line in order_lines(one)]
    none = say("no desk has asked that a text be destroyed")
    found = {"orders": list(map(order_json, orders))}
    return Reply(found, lines or [none])


@subcommand(app, "custody")
def custody(out: options.Out0600, passphrase_fd: options.PassphraseFd = None) -> Reply:
    """Make the key for which archives are sealed, in two files: FILE and FILE.pub.

    FILE opens every archive that is sealed for it: keep it and its passphrase in
    custody, apart from each other, on no desk. Desks need FILE.pub alone.
    """
    secret = options.passphrase(passphrase_fd, say("the key in custody"), new=True)
    public = custody_key.make(out, secret)
    line = say("{file} goes into custody, {public} to desks", file=out, public=public)
    return Reply({"key": str(out), "public": str(public)}, [line])


@subcommand(app, "number")
def number(
    at: AtDesk,
    sender: Annotated[str, argument("DESK", "The desk that wrote the bulletin.")],
    number: Annotated[
        int,
        typer.Argument(
            metavar="NUMBER", min=1, max=NUMBER_MAX, help="The number that it bears."
        ),
    ],
    *,
    misused: Annotated[
        bool, option("--misused", "That desk did not write it: ignore the number.")
    ] = False,
    go_on: Annotated[
        bool,
        option("--go-on", "Go on from here: no number below this one is missing."),
    ] = False,
) -> Reply:
    """Explain a number of another desk that skips earlier numbers.

    Ask that desk first. The officer's name and the time are recorded; the latest answer
    counts.
    """
    if misused == go_on:
        raise Refusal(Reason.INPUT, "--misused, --go-on", Why("give one of them"))
    with at.open() as desk:
        judge_number(desk, sender, number, "MISUSED" if misused else "GO_ON")
        said = desk.mailbox.numbers.verdicts(sender)[-1].as_json()
    return Reply(said, [numbers_output.verdict_line(said)])


@subcommand(app, "note")
def note(at: AtDesk, name: options.Name) -> Reply:
    """Note that a desk cannot comply with a bulletin of this desk.

    Until an officer notes it, it is open in the hand-over list. The officer's name and
    the time are recorded. A later answer of another desk is open again.
    """
    with at.open() as desk:
        about = desk.mailbox.search.resolve(name)
        take_note(desk, about)
        number = desk.mailbox.messages.row(about).number
        noted = desk.mailbox.answers.declined([number])[number]
    found = {"name": about.hex(), "declined": list(map(decline_json, noted))}
    return Reply(found, map(describe_decline, noted))


@subcommand(app, "archive")
def archive(
    at: AtDesk,
    out: options.Out0600,
    for_: Annotated[
        Path, option("--for", "Public half of the custody key.", "FILE.pub")
    ],
    only: Annotated[
        str, option("--only", "Only bulletins found by `fusion search WORDS`.", "WORDS")
    ] = "",
) -> Reply:
    """Write the records of a desk to FILE, sealed for the key in custody.

    Texts, labels, translations and receipts, with their proofs: signed entries, keys of
    the texts, proofs of their places. The node must be running: it has the proofs. A
    text that the node has erased is archived without proof: archive before that.
    """
    options.check_free(out, force=False)
    public = custody_key.read_public(for_)
    with at.open_refreshed() as desk:
        asked = Filter.read(only, *desk.moment().times)
        numbers = sorted(desk.mailbox.search.ids(asked))  # oldest first
        with show_progress() as tell:
            write_archive.write(desk, numbers, public, out, tell)
    count = say_n("{n} message", "{n} messages", len(numbers))
    line = say("{file}: {count} archived", file=out, count=count)
    return Reply({"out": str(out), "messages": len(numbers)}, [line])


@subcommand(app, "read")
def read(
    file: Annotated[Path, argument("FILE", "The archive.")],
    key: Annotated[Path, option("--key", "The key in custody.", "FILE")],
    out: Annotated[
        Path | None, option("--out", "Write its JSON lines, in clear.", "FILE")
    ] = None,
    passphrase_fd: options.PassphraseFd = None,
) -> Reply:
    """Open an archive with the key in custody, and verify each record in it.

    Needs no home, no node and no network. Compare the nations' numbers with those that
    they published. Exit code 1 if a record is not as it was signed.
    """
    if out is not None:
        options.check_free(out, force=False)
    secret = options.passphrase(passphrase_fd, say("the key in custody"))
    archived = ArchiveReader(file, custody_key.unlock(key, secret))
    with show_progress() as tell:
        records = list(_read(archived, out, tell))
    found = {
        "desk": archived.head.get("desk"),
        "made": archived.head.get("made"),
        "numbers": archived.numbers(),
        "number_verdicts": archived.head.get("number_verdicts"),
        "messages": list(map(_finding_json, records)),
    }
    ok = all(one.ok for one in records)
    return Reply(found, _finding_lines(archived, records), ok)


def _read(
    archived: "ArchiveReader", out: Path | None, tell: Tell
) -> "Iterator[ArchivedRecord]":
    """Yield the records; write the lines to `out` if given."""
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
    head = archived.head
    yield f"{head.get('desk')}, {head.get('made')}"
    for nation, number in archived.numbers().items():
        yield say("Number of {nation}: {number}", nation=nation, number=number)
    yield from map(numbers_output.verdict_line, head.get("number_verdicts", ()))
    for found in every:
        record = found.record
        place = f"{record['origin']}#{record['index']}"
        yield f"{record['name'][:16]}  {place}  {record['kind']}  {record['author']}"
        told = say(
            "signature {signed}, text {content}, place {place}",
            signed=found.signed,
            content=found.text,
            place=found.place,
        )
        by = ", ".join(found.cosigned)
        yield f"    {told}{f'; {by}' if by else ''}"


def order_json(order: "ErasureOrder") -> dict[str, object]:
    return {
        "name": order.text.hex(),
        "recall": order.recall.hex(),
        "at": iso(order.filed),
        "own": order.own,
        "erased_here": order.erased,
        "answers": [
            {"officer": one.author, "relation": one.relation, "at": iso(one.filed)}
            | ({"remark": one.remark_text.text.text} if one.remark else {})
            for one in order.answers
        ],
        "waiting": list(order.waiting),
    }


def order_lines(order: "ErasureOrder") -> Iterator[str]:
    here = say("erased at this desk") if order.erased else say("not erased here yet")
    yield f"{order.text.hex()[:16]} {iso(order.filed)}: {here}"
    for one in order.answers:
        relation = desk_session.code("relation", one.relation)
        told = f"{iso(one.filed)} {relation} {one.author} {one.remark_text.text.text}"
        yield f"  {told.rstrip()}"
    for desk in order.waiting:
        yield "  " + say("{desk} has not answered", desk=desk)


Name = Annotated[str, argument("NAME", "The group, without the @ before it.")]
Desks = Annotated[list[str], argument("DESK", "The desks of the group.")]


@subcommand(group_app, "list")
def list_groups(at: AtDesk) -> Reply:
    """List the groups with their desks."""
    with at.open() as desk:
        groups = desk.mailbox.address_groups.all()
        known = {*desk.pinned.desks(), desk.officer.desk}
    found = [{"name": one.name, "desks": list(one.desks)} for one in groups]
    lines = [line for one in groups for line in _lines(one, known)]
    return Reply({"groups": found}, lines, nothing=not groups)


@subcommand(group_app, "set", json=False)
def set_group(at: AtDesk, name: Name, desks: Desks) -> Reply:
    """Make a group of these desks, or give one of that name these desks instead.

    The group is stored only at this desk. A bulletin sent to it lists every desk by
    name.
    """
    with at.open() as desk:
        address_groups.check_members(desk.pinned, desks)
        desk.mailbox.address_groups.save(name, desks)
        made = desk.mailbox.address_groups.find(name)
    return Reply({}, _lines(made, set(desks)))


@subcommand(group_app, "delete", json=False)
def delete(at: AtDesk, name: Name) -> Reply:
    """Delete a group; bulletins sent to it do not change."""
    with at.open() as desk:
        desk.mailbox.address_groups.drop(name)
    return Reply({}, [say("deleted")])


def _lines(group: "AddressGroup", known: set[str]) -> Iterator[str]:
    yield f"@{group.name}"
    for desk in group.desks:
        told = desk if desk in known else say("{desk}: in no directory now", desk=desk)
        yield f"    {told}"
    if not group.desks:
        yield "    " + say("no desk; a bulletin cannot be sent to it")
