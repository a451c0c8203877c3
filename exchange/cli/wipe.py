"""fusion wipe: erase a home, keys first."""

from pathlib import Path
from typing import Annotated

from exchange.cli import options
from exchange.cli.frame import Reply, framed
from exchange.cli.lazy import lazy_imports
from exchange.cli.options import option
from exchange.words import say, say_n

with lazy_imports():
    from exchange.config.wipe import WipeResult, find_parts, wipe


@framed
def command(
    home: options.Home = options.HOME_DEFAULT,
    part: Annotated[
        list[str] | None,
        option(
            "--part",
            "Erase only this part of the home. Repeatable.",
            "desk|node|nation|auditor",
        ),
    ] = None,
    yes: options.Yes = False,
) -> Reply:
    """Erase a home in seconds: keys first, then everything else. No way back.

    Key files are overwritten and removed before anything else; without them neither
    mailbox nor keystore opens again. Needs no passphrase. Also in the terminal (F12;
    type `wipe` to confirm). Exit code 1 if files remain in the home or behind its
    links; they are listed.

    Copies and backups elsewhere, the memory of running programs, and blocks that a disk
    keeps aside are out of reach. Have the nation revoke the keys at once.
    """
    folders = find_parts(home, part or ())
    what = ", ".join(str(folder) for folder in folders)
    asked = say("All of {folders} is erased, for ever. Type yes:", folders=what)
    options.confirm(asked, yes=yes)
    result = wipe(home, part or ())
    found = {
        "keys": result.keys,
        "others": result.others,
        "remaining": list(map(str, result.remaining)),
        "running": list(result.running),
    }
    return Reply(found, lines(result), not result.remaining)


def lines(result: "WipeResult") -> list[str]:
    """Return the lines, with the data that no wipe reaches."""
    said = [
        say_n("{n} key file erased", "{n} key files erased", result.keys),
        say_n("{n} other file erased", "{n} other files erased", result.others),
    ]
    said += map(_remaining, result.remaining)
    said += [
        say("{part}: a program runs and has keys in its memory; end it", part=part)
        for part in result.running
    ]
    said.append(
        say(
            "Not reached from here: copies and backups, memory, blocks that the disk"
            " keeps aside. Have the nation revoke these keys now."
        )
    )
    return said


def _remaining(path: Path) -> str:
    if path.is_symlink():
        return say(
            "still there: {path} leads out of this home, to {target}; erase that too",
            path=path,
            target=path.resolve(),
        )
    return say("still there: {path}", path=path)
