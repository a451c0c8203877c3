"""Generate the typed Python modules of the wire format.

    python protos/generate.py            write */v1/*_pb2* and the image
    python protos/generate.py --check    fail if what is committed is stale
    python protos/generate.py --planned  write, and give planned fields their numbers

The image, fusion-1.binpb, is the wire format as it was last committed. It is written
again only where nothing in it breaks (buf breaking): numbers, types and names stay, and
what is removed is reserved. So a new field is held from the commit that adds it. A
number that was reserved for a field to come, and never had one, is given by --planned.

The proto path is the Python path: protos/exchange/v1/x.proto becomes
exchange/v1/x_pb2.py, so protoc's absolute imports are right as they stand.
"""

import filecmp
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

PROTOS = Path(__file__).parent
ROOT = PROTOS.parent
BIN = Path(sys.executable).parent  # where pip put buf and the mypy plugins
IMAGE = PROTOS / "fusion-1.binpb"
PLANNED = {  # buf.yaml's, without the rule that a number stays reserved
    "version": "v2",
    "modules": [{"path": "."}],
    "breaking": {"use": ["WIRE_JSON"], "except": ["RESERVED_MESSAGE_NO_DELETE"]},
}


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


def buf(*arguments: str | Path) -> None:
    """Run buf; raise CalledProcessError where it finds anything."""
    subprocess.run([str(BIN / "buf"), *map(str, arguments)], check=True)


def build_image(path: Path) -> None:
    """Write the descriptors of all protos, without comments."""
    buf("build", PROTOS, "--exclude-source-info", "--output", path)


def check_breaking(*, planned: bool) -> None:
    """Fail where the protos break what the committed image promises.

    Where fields are `planned`, a number that was reserved may have become one.
    """
    options = ("--config", json.dumps(PLANNED)) if planned else ()
    buf("breaking", PROTOS, "--against", IMAGE, *options)


def stale() -> list[str]:
    """Return the generated files that differ from what is committed."""
    with tempfile.TemporaryDirectory() as fresh:
        generate(Path(fresh))
        names = [str(p.relative_to(fresh)) for p in Path(fresh).rglob("*_pb2*")]
        image = Path(fresh, IMAGE.relative_to(ROOT))
        image.parent.mkdir()
        build_image(image)
        names.append(str(IMAGE.relative_to(ROOT)))
        _, mismatch, missing = filecmp.cmpfiles(ROOT, fresh, names, shallow=False)
        return mismatch + missing


if __name__ == "__main__":
    if "--check" not in sys.argv:
        check_breaking(planned="--planned" in sys.argv)
        generate(ROOT)
        build_image(IMAGE)
    elif files := stale():
        sys.exit(f"stale, run python protos/generate.py: {', '.join(files)}")
