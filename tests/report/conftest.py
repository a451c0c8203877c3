"""The story, told once, and ways to look at any export."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from exchange.audit.sources.export_file import Export
from exchange.report.build import ExportReport, build_report
from exchange.report.header_table import LogVerification
from tests.report import story as stories
from tests.report.exports import ALI, CN, LI, PK, Log, write
from tests.report.story import Story

Compile = Callable[..., ExportReport]


@pytest.fixture(scope="session")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Six weeks with one of everything."""
    return stories.tell(tmp_path_factory.mktemp("story"))


@pytest.fixture(scope="session")
def told(story: Story) -> Iterator[ExportReport]:
    """The report on it."""
    trusted = [("cn", 2), ("pk", 3)]
    with (
        Export.open(story.path) as export,
        build_report(export, story.judged, trusted) as report,
    ):
        yield report


@pytest.fixture
def pk() -> Log:
    log = Log(PK)
    log.enrol(ALI)
    return log


@pytest.fixture
def cn() -> Log:
    log = Log(CN)
    log.enrol(LI)
    return log


@pytest.fixture
def compile_(tmp_path: Path) -> Iterator[Compile]:
    """Write logs as an export of that time (ms), and report on it."""
    with ExitStack() as stack:

        def made(
            exported: int,
            *logs: Log,
            judged: Mapping[str, LogVerification] | None = None,
        ) -> ExportReport:
            path = write(tmp_path / "export", exported, logs)
            export = stack.enter_context(Export.open(path))
            return stack.enter_context(build_report(export, judged or {}))

        yield made
