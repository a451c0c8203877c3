"""Write the vectors that docs/spec names: python -m tests.vectors.spec.make NAME...

Without a name all of them are written anew.
"""

import json
import sys
from pathlib import Path

from tests.vectors.spec import (
    make_archives,
    make_backups,
    make_demands,
    make_exports,
    make_formats,
    make_handover,
    make_keys,
    make_ledger,
    make_logs,
    make_numbers,
    make_release,
    make_rules,
    make_trust,
    make_voice,
)

FOLDER = Path(__file__).parent
FILES = {
    **make_archives.FILES,
    **make_backups.FILES,
    **make_demands.FILES,
    **make_exports.FILES,
    **make_formats.FILES,
    **make_handover.FILES,
    **make_keys.FILES,
    **make_ledger.FILES,
    **make_logs.FILES,
    **make_numbers.FILES,
    **make_release.FILES,
    **make_rules.FILES,
    **make_trust.FILES,
    **make_voice.FILES,
}


def main() -> None:
    for name in sys.argv[1:] or FILES:
        text = json.dumps(FILES[name](), ensure_ascii=False, indent=1)
        (FOLDER / f"{name}.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
