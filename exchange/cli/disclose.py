"""fusion disclose: hand an auditor the key of one envelope."""

import re
from pathlib import Path

from exchange.cli import options
from exchange.cli.frame import AtDesk, Reply, framed
from exchange.cli.lazy import lazy_imports
from exchange.words import say

with lazy_imports():
    from exchange import atomic_file as files
    from exchange.desk import disclosure
    from exchange.desk.incoming.examine_entry import check_content
    from exchange.desk.translation.files_and_machine import label_line
    from exchange.disclosure_file import Shown, show
    from exchange.v1 import envelope_pb2 as pb
    from tui.text.safe_text import safe

WHOLE = re.compile("[0-9a-fA-F]{64}")


@framed
def command(
    at: AtDesk, name: options.Name, out: options.Out0600, yes: options.Yes = False
) -> Reply:
    """Write the key of one bulletin, with its signed entry and text, to FILE.

    A holder of FILE can read that one text, and prove that it is the signed one: fusion
    audit verify --disclosed FILE. It opens no other text. NAME may also be the full
    name of a translation.
    """
    with at.open_refreshed() as desk:
        whole = WHOLE.fullmatch(name)  # a translation needs its full name
        wanted = bytes.fromhex(name) if whole else desk.mailbox.search.resolve(name)
        found = disclosure.disclose(desk.mailbox, desk.client, wanted)
        shown = show(found)
        label = label_line(disclosure.label(desk.mailbox, wanted, shown.core))
    options.confirm(_question(shown, label, out), yes=yes)
    with files.atomic(out) as file:
        file.write(found.encode())
    line = f"{wanted.hex()} {out} {label}"
    return Reply({"name": wanted.hex(), "out": str(out), "label": label}, [line])


def _question(shown: "Shown", label: str, out: Path) -> str:
    """Return the question to confirm before the key is handed over."""
    core = shown.core
    check_content(core, shown.content)
    kind = pb.Kind.Name(core.kind).removeprefix("KIND_")
    return safe(
        say(
            "Any holder of {file} can read this {kind} {name} of {node} ({label}),"
            " permanently. Type yes to write it:",
            file=out,
            kind=kind,
            name=shown.name.hex()[:8],
            node=core.origin,
            label=label,
        )
    )
