"""Options of the tests."""

import gc
import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A run starts a thousand processes: each would compile what it imports where the
# environment forbids to keep what is compiled, as images of containers do.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

from exchange import words  # noqa: E402  after what stands above
from exchange.bulletin import codes  # noqa: E402
from exchange.demo import sites  # noqa: E402
from exchange.words.build_hook import build  # noqa: E402
from tests.postgres.fixtures import database_url, postgres  # noqa: E402, F401  fixtures
from tests.quick import quick_keystores  # noqa: E402
from tests.softhsm import soft_token, tokens  # noqa: E402, F401  fixtures

build(Path(__file__).parent.parent)  # what was edited since it was installed

# How fast the machine is, and what else it does, is no test's matter.
NEW_EXAMPLES = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("new examples", NEW_EXAMPLES)
settings.register_profile("same examples", NEW_EXAMPLES, derandomize=True)

# Each worker has ports of its own: none is free for another until a node listens.
WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])
WORKERS = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
sites.ports = sites.in_turn(sites.PORTS[WORKER::WORKERS])

LISTED = len(codes.CODES[codes.NATIONS])

# The commands speak the language of the tester otherwise.
os.environ["LC_ALL"] = "C.UTF-8"
os.environ.pop("FUSION_LANG", None)
# The readline module sets these; a process in a terminal of the tests has its own size.
for name in ("COLUMNS", "LINES"):
    os.environ.pop(name, None)


# Each goes to one worker as a whole; begun last, it would keep all others waiting.
# Those that wait stand between those that count.
LONGEST = (
    "tests/simulation/test_simulation.py",
    "tests/failover/test_failover.py",
    "tests/node/test_faults.py",
    "tests/model/test_honest.py",
    "tests/test_operations.py",
    "tests/test_ceremony.py",
    "tests/store/test_faults.py",
    "tests/chaos/test_disk_full.py",
    "tests/tui/screens/test_sign_boxes.py",
    "tests/chaos/test_disk_errors.py",
    "tests/model/test_liar.py",
    "tests/decade/test_days.py",
    "tests/mesh/test_five_members.py",
    "tests/chaos/test_serve.py",
    "tests/test_project.py",
    "tests/fuzz/test_parsers.py",
    "tests/test_auditing.py",
    "tests/hostile/test_killed_nodes.py",
    "tests/hostile/test_flooding_desk.py",
    "tests/tui/screens/test_saving.py",
    "tests/net/test_link_failures.py",
    "tests/cli/desk/test_repair.py",
    "tests/test_agencies.py",
    "tests/cli/desk/test_tui.py",
    "tests/cli/desk/test_first_run.py",
    "tests/model/test_dark.py",
    "tests/test_readme.py",
    "tests/net/test_silence.py",
    "tests/rebuild/test_columns.py",
    "tests/cli/test_demo.py",
    "tests/report/test_browser.py",
)


def pytest_configure(config: pytest.Config) -> None:
    """Let properties try the same examples each time; with `--long`, new ones."""
    long = config.getoption("--long")
    settings.load_profile("new examples" if long else "same examples")


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Leave further rounds out, unless they or their files are named; order the rest.

    The files that take longest come first; then it goes on as `spread` says.
    """
    named = any(".py" in given for given in config.args)
    if not (named or config.getoption("--long") or config.getoption("markexpr")):
        left = [item for item in items if item.get_closest_marker("long")]
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if not item.get_closest_marker("long")]
    files = list(dict.fromkeys(item.location[0] for item in items))
    first = [path for path in LONGEST if path in files]
    order = [*first, *spread([path for path in files if path not in first])]
    places = {path: place for place, path in enumerate(order)}
    items.sort(key=lambda item: places[item.location[0]])


def spread(files: list[str]) -> list[str]:
    """Let those of the terminal, which wait for keys to be handled, stand between all.

    At the end, where they would stand, all workers would wait at one time.
    """
    there = [path.startswith("tests/tui/") for path in files]
    counts = {False: 0, True: 0}
    shares = []
    for waits in there:
        shares.append((counts[waits] + 0.5) / there.count(waits))
        counts[waits] += 1
    return [path for _, path in sorted(zip(shares, files, strict=True))]


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over what lives until the end.

    Ten thousand tests and what they import: to look through it took a quarter of a
    run's time, of the terminal's tests two fifths.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Count the fuzzy translations, which a release may not have."""
    root = Path(__file__).parent.parent
    files = (*root.glob("exchange/**/*.po"), *root.glob("tui/**/*.po"))
    fuzzy = sum(path.read_text("utf-8").count("\n#, fuzzy\n") for path in files)
    if fuzzy:
        terminalreporter.write_line(f"{fuzzy} fuzzy translations: make release-check")


def pytest_xdist_auto_num_workers() -> int:
    """Return two a processor: half of a run waits for timers, links and disks."""
    return 2 * len(os.sched_getaffinity(0))


@pytest.fixture(scope="session", autouse=True)
def quick() -> Iterator[None]:
    """Open keystores quickly."""
    with quick_keystores():
        yield


@pytest.fixture(autouse=True)
def as_it_began() -> Iterator[None]:
    """Undo after a test what is set for a whole process: words, log and nations."""
    yield
    if len(codes.CODES[codes.NATIONS]) > LISTED:  # a desk has read others' bundles
        codes._read.cache_clear()
    words.use(words.DEFAULT)
    words.show_reasons(on=False)
    root = logging.getLogger()
    for handler in root.handlers[:]:
        if type(handler.formatter).__module__.startswith("structlog"):
            root.removeHandler(handler)
            root.setLevel(logging.WARNING)
            for name in ("exchange.net.link_state", "grpc"):
                logging.getLogger(name).setLevel(logging.NOTSET)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--long`: the loops that docs/testing.md names."""
    parser.addoption(
        "--long",
        action="store_true",
        help="Kill, fail disks, live on more days, play model, simulation for longer.",
    )
