"""The list of checks is whole, and one that is removed refuses nothing more."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutations.__main__ import chosen
from tests.mutations.checks import find_mutations
from tests.mutations.watchers import EXPLAINED, WATCHERS


@pytest.mark.parametrize("module", WATCHERS)
def test_each_module_has_checks_and_tests_that_watch_them(module: str) -> None:
    assert find_mutations(module)
    for pattern in WATCHERS[module]:
        assert list(Path(__file__).parents[2].glob(pattern)), pattern
    assert chosen([module.rpartition(".")[2]])


def test_only_checks_are_explained_that_are_there() -> None:
    names = [one.name for module in WATCHERS for one in find_mutations(module)]

    assert len(set(names)) == len(names), "a name is of one check"
    assert set(EXPLAINED) <= set(names)


def test_a_check_that_is_removed_lets_pass_what_it_refused() -> None:
    """In a process of its own: the functions of this one stay whole."""
    script = (
        "from exchange import envelope, limits\n"
        "from tests.mutations.checks import find_mutations, remove\n"
        "found = find_mutations('exchange.envelope')\n"
        "remove(next(one for one in found if one.function == 'pad'))\n"
        "print(len(envelope.pad(bytes(limits.BODY_MAX + 1))) > limits.BODY_MAX)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "True\n"
