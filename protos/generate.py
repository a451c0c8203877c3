"""Generate the typed Python modules of the wire format.

    python protos/generate.py            write */v1/*_pb2*
    python protos/generate.py --check    fail if what is committed is stale

The proto path is the Python path: protos/exchange/v1/x.proto becomes
exchange/v1/x_pb2.py, so protoc's absolute imports are right as they stand.
"""

import filecmp
import os
import subprocess
import sys
import tempfile
from pathlib import Path

PROTOS = Path(__file__).parent
ROOT = PROTOS.parent
BIN = Path(sys.executable).parent  # where pip put the mypy plugins


def protoc(sources: str, *outputs: str) -> None:
    """Run protoc over the sources that match a glob."""
    command = [sys.executable, "-m", "grpc_tools.protoc", f"-I{PROTOS}", *outputs]
    subprocess.run(
        [*command, *map(str, sorted(PROTOS.rglob(sources)))],
        env={**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"},
        check=True,
    )


def generate(out: Path) -> None:
    """Write messages for every proto, and stubs for those that hold a service."""
    protoc("*.proto", f"--python_out={out}", f"--mypy_out=quiet:{out}")
    protoc(
        "*_service.proto", f"--grpc_python_out={out}", f"--mypy_grpc_out=quiet:{out}"
    )


def stale() -> list[str]:
    """Return the generated files that differ from what is committed."""
    with tempfile.TemporaryDirectory() as fresh:
        generate(Path(fresh))
        names = [str(p.relative_to(fresh)) for p in Path(fresh).rglob("*_pb2*")]
        _, mismatch, missing = filecmp.cmpfiles(ROOT, fresh, names, shallow=False)
        return mismatch + missing


if __name__ == "__main__":
    if "--check" not in sys.argv:
        generate(ROOT)
    elif files := stale():
        sys.exit(f"stale, run python protos/generate.py: {', '.join(files)}")
