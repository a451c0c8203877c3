"""Make what is made when the program is built: catalogues, manual, completions."""

import os
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


def build(root: Path) -> None:
    """Write LANG.mo beside each LANG.po below a folder, where that is newer."""
    sys.path.insert(0, str(root))
    from exchange.words.catalogue import compile_catalogue  # noqa: PLC0415 - found there only

    for source in (*root.glob("exchange/**/*.po"), *root.glob("tui/**/*.po")):
        built = source.with_suffix(".mo")
        if built.exists() and built.stat().st_mtime >= source.stat().st_mtime:
            continue
        draft = source.with_suffix(f".{os.getpid()}.new")
        draft.write_bytes(compile_catalogue(source.read_bytes()))
        draft.replace(built)


def write_manual(root: Path, release: str) -> dict[str, str]:
    """Write manual pages and completions below build/; return where each belongs.

    That is the place below the prefix of the installation, by the path of the file.
    """
    sys.path.insert(0, str(root))
    from exchange.cli.manual.command_tree import read_commands  # noqa: PLC0415 - likewise
    from exchange.cli.manual.completions import completions  # noqa: PLC0415
    from exchange.cli.manual.pages import pages  # noqa: PLC0415

    program = read_commands()
    made = {f"share/man/man1/{n}": t for n, t in pages(program, release).items()}
    made |= completions(program)
    for place, text in made.items():
        file = root / "build" / place
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_name(f"{file.name}.{os.getpid()}.new")
        draft.write_text(text, "utf-8")
        draft.replace(file)
    return {f"build/{place}": place for place in made}


class BuildHook(BuildHookInterface[Any]):
    """Called by hatchling; see pyproject.toml."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - its signature
        """Compile the catalogues that are not yet; write the manual into a wheel."""
        root = Path(self.root)
        build(root)
        if self.target_name == "wheel":
            release = self.metadata.version
            build_data["shared_data"].update(write_manual(root, release))
