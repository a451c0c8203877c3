"""Benchmarks are run in this process, at next to no size."""

import re
from collections.abc import Callable

import pytest

from tests.benchmarks.__main__ import main
from tests.cli.conftest import Result, said

GRPC_LOG = re.compile(r"[IWEF]\d{4} [\d:.]+ +\d+ ")
"""How a line of gRPC's own log begins: other tests have begun it in this process."""
RunBenchmark = Callable[..., Result]


@pytest.fixture
def benchmark(capfd: pytest.CaptureFixture[str]) -> RunBenchmark:
    def call(*arguments: object) -> Result:
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as ended:
            code = int(ended.code or 0)
        out, err = capfd.readouterr()
        ours = (line for line in said(err) if not GRPC_LOG.match(line))
        return Result(code, out, "".join(ours))

    return call
