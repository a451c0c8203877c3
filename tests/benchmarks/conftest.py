"""Benchmarks are run in this process, at next to no size."""

from collections.abc import Callable

import pytest

from tests.benchmarks.__main__ import main
from tests.cli.conftest import Result, said

RunBenchmark = Callable[..., Result]


@pytest.fixture
def benchmark(capfd: pytest.CaptureFixture[str]) -> RunBenchmark:
    def call(*arguments: object) -> Result:
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as ended:
            code = int(ended.code or 0)
        out, err = capfd.readouterr()
        return Result(code, out, "".join(said(err)))

    return call
