"""Write the manual and the completions into a wheel; called by hatchling."""

import os
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Manual(BuildHookInterface[Any]):
    """The hook for wheels, also editable ones; see pyproject.toml."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - its signature
        root = Path(self.root)
        sys.path.insert(0, str(root))
        from exchange.words.build_hook import build

        build(root)
        build_data["shared_data"].update(_write(root, self.metadata.version))


def _write(root: Path, release: str) -> dict[str, str]:
    """Write below build/; return paths below the install prefix."""
    from exchange.cli.manual.command_tree import read_commands
    from exchange.cli.manual.completions import completions
    from exchange.cli.manual.pages import pages

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
