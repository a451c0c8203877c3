"""Hooks as an operator might write them, well and badly."""

import sys
from pathlib import Path

SCRIPTS = {
    "keeps": "open(sys.argv[1], 'a').write(sys.stdin.read())",
    "fails": "sys.stdin.read(); print('no route to the gateway'); sys.exit(7)",
    "hangs": "time.sleep(600)",
    "hangs-on": (
        "import subprocess; subprocess.Popen(['sleep', '600']); print('half done')"
    ),
    "floods": "\nwhile True: sys.stdout.write('x' * 65536)",
    "prints": "sys.stdout.write('y' * 10_000_000); sys.exit(1)",
    "deaf": "sys.stdin.close(); sys.exit(0)",
    "env": (
        "open(sys.argv[1], 'a').write(json.dumps({k: v for k, v in"
        " os.environ.items() if k.startswith('FUSION_')}) + '\\n')"
    ),
    "gate": (
        "\nopen(sys.argv[1] + '.tried', 'a').write('.')"
        "\nif not os.path.exists(sys.argv[1] + '.open'): sys.exit(9)"
        "\nopen(sys.argv[1], 'a').write(sys.stdin.read())"
    ),
    "terminal": "sys.stdin.read(); print('\\x1b[2J\\u202eevil\\r\\n'); sys.exit(1)",
}


def script(folder: Path, name: str, *arguments: object) -> list[str]:
    """Return the command of one of SCRIPTS."""
    path = folder / f"{name}.py"
    path.write_text(f"import json, os, sys, time\n{SCRIPTS[name]}\n")
    return [sys.executable, str(path), *map(str, arguments)]
