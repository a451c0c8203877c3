"""fusion audit sign: which officer took an export, and when."""

from pathlib import Path
from typing import Annotated

import typer

from exchange.cli import desk_session, options
from exchange.words import say


def command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The export to sign.")],
    home: options.Home = options.HOME_DEFAULT,
    officer: desk_session.Officer = "",
    passphrase_fd: options.PassphraseFd = None,
    json: options.Json = False,
) -> None:
    """Sign an export with an officer's key: who took it, and when.

    A node holds no officer's key, so this is done at a desk, once, after `fusion audit
    export`. The signature stands behind the export. It says who took it, never that it
    is true; `fusion audit verify` names who signed, and refuses a signature that is
    damaged, of another file or of an officer whom its logs do not know.
    """
    from exchange import config
    from exchange.audit.export import sign_export
    from exchange.desk import officer as officers

    folder = config.desk_home(home)
    settings = config.read_desk(folder)
    short = officers.choose(folder, settings, officer)
    secret = options.passphrase(passphrase_fd, short)
    pin = options.pin(passphrase_fd) if officers.needs_pin(folder, short) else ""
    unlocked = officers.unlock(folder, settings.name, short, secret, pin)
    now = options.now()
    sign_export.sign(file, unlocked.name, unlocked.signer, now)
    if json:
        options.emit({"file": str(file), "officer": unlocked.name, "at": now})
    else:
        print(say("{file} signed by {officer}", file=file, officer=unlocked.name))
