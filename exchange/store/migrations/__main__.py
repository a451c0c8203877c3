"""Write the migration from the last revision to the tables as they stand now.

python -m exchange.store.migrations "Add the receipts", then set HEAD to its number.
"""

import sys

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlcipher3 import dbapi2

from exchange.store.migrations import config, upgrade

with create_engine("sqlite://", module=dbapi2).connect() as scratch:
    upgrade(scratch)
    settings = config(scratch)
    number = 1 + len(list(ScriptDirectory.from_config(settings).walk_revisions()))
    command.revision(settings, sys.argv[1], autogenerate=True, rev_id=f"{number:04}")
