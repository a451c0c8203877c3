"""Draw the pictures again, here or into a folder."""

import asyncio
import sys
from pathlib import Path

from tests.tui.snapshots import HERE, SHOTS, draw


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, shot in SHOTS.items():
        picture, _ = asyncio.run(draw(shot))
        path = folder / f"{name}.svg"
        before = path.read_text() if path.exists() else ""
        path.write_text(picture)
        told = "as it was" if before == picture else "drawn"
        sys.stdout.write(f"{name}: {told}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
