"""Compile the catalogues when the program is built or installed."""

import os
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


def build(root: Path) -> None:
    """Write LANG.mo beside LANG.po, if the PO file is newer."""
    sys.path.insert(0, str(root))
    from exchange.words.catalogue import compile_catalogue  # noqa: PLC0415 - found there only

    for source in (*root.glob("exchange/**/*.po"), *root.glob("tui/**/*.po")):
        built = source.with_suffix(".mo")
        if built.exists() and built.stat().st_mtime >= source.stat().st_mtime:
            continue
        draft = source.with_suffix(f".{os.getpid()}.new")
        draft.write_bytes(compile_catalogue(source.read_bytes()))
        draft.replace(built)


class Catalogues(BuildHookInterface[Any]):
    """A hook that hatchling calls; see pyproject.toml."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - its signature
        build(Path(self.root))
