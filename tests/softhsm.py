"""Tokens of SoftHSM for the tests, in a folder of their own.

The module reads its settings and finds its tokens when a process loads it: all tokens
that the tests of a process use are made before.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
PIN = "271828"
TOKENS = 24  # in a process


@dataclass(frozen=True)
class SoftToken:
    """A token with its PIN set, and no key."""

    label: str
    folder: Path

    def uri(self, key: str) -> str:
        """Return the URI of a key on it."""
        return f"pkcs11:token={self.label};object={key}?module-path={MODULE}"

    def remove(self) -> None:
        """Take the token away from the machine."""
        self.folder.rename(self._away)

    def put_back(self) -> None:
        self._away.rename(self.folder)

    @property
    def _away(self) -> Path:
        return self.folder.parent.with_name(self.folder.name)


@pytest.fixture(scope="session")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Iterator[SoftToken]]:
    """Yield tokens, one after the other."""
    if shutil.which("softhsm2-util") is None:
        pytest.skip("no SoftHSM: softhsm2 is not installed")
    folder = tmp_path_factory.mktemp("softhsm")
    settings = folder / "softhsm2.conf"
    (folder / "tokens").mkdir()
    settings.write_text(
        f"directories.tokendir = {folder / 'tokens'}\nlog.level = ERROR\n"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(settings))
        made = [make(folder / "tokens", f"test-{number}") for number in range(TOKENS)]
        taken = count()
        yield (made[next(taken)] for _ in count())


def make(folder: Path, label: str) -> SoftToken:
    before = set(folder.iterdir())
    command = ["softhsm2-util", "--init-token", "--free", "--label", label]
    pins = ["--pin", PIN, "--so-pin", "31415926"]
    subprocess.run([*command, *pins], check=True, capture_output=True, env=os.environ)
    (new,) = set(folder.iterdir()) - before
    return SoftToken(label, new)


@pytest.fixture
def soft_token(tokens: Iterator[SoftToken]) -> SoftToken:
    return next(tokens)
