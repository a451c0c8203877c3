"""docs/agencies.md is run, and tells the gate in its order."""

import inspect
import re
import sysconfig
from pathlib import Path

import pytest

from exchange.errors import Reason
from exchange.net import gate, identity
from tests.walk import (
    ADDRESSES,
    PASSPHRASE,
    ROOT,
    blocks,
    script,
    walk,
    with_free_ports,
)

DOCUMENT = (ROOT / "docs/agencies.md").read_text()
README = (ROOT / "README.md").read_text()
HOMES = ["islamabad.pk", "beijing.cn", "rescue"]
BARE = ("grpc", "google", "typing_extensions.py")
# The client sees gRPC, Protocol Buffers and its stubs, and no line of ours.
BEFORE = f"""
export PASSPHRASE='{PASSPHRASE}'
python() {{
    if [ "$1" = client.py ]; then
        PYTHONPATH=$PYTHONPATH:bare command python -S "$@"
    else
        command python "$@"
    fi
}}
"""
AFTER = """
fusion list --home beijing.cn
fusion send --home beijing.cn --kind ROUTE_STATUS --to rescue.islamabad.pk \
    --tlp AMBER --rel pk --rel cn --set details.state=RED --set place.site=SOST \
    --mode ACTUAL \
    --set when.from=2026-11-24T10:00:00Z --subject "Ambulances only" --text "Lane 2."
settle islamabad.pk beijing.cn rescue
python agency.py
settle islamabad.pk beijing.cn rescue
fusion show beijing.cn#3 --home beijing.cn
"""


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What was shown while an agency enrolled, wrote and asked."""
    folder = tmp_path_factory.mktemp("agency")
    paired = blocks(README, "sh")[:3]
    agency, client = blocks(DOCUMENT, "python")
    (bulletin,) = blocks(DOCUMENT, "json")
    steps = [BEFORE, *paired, *blocks(DOCUMENT, "sh"), AFTER]
    text, client = with_free_ports([script(steps, HOMES), client], *ADDRESSES)
    (folder / "agency.py").write_text(agency)
    (folder / "client.py").write_text(client)
    (folder / "road.json").write_text(bulletin)
    (folder / "protos").symlink_to(ROOT / "protos")
    bare(folder / "bare")
    return walk(text, folder)


def bare(folder: Path) -> None:
    folder.mkdir()
    for name in BARE:
        (folder / name).symlink_to(Path(sysconfig.get_path("platlib"), name))


def test_every_command_runs(shown: str) -> None:
    assert shown.endswith("the end\n"), shown
    assert "desk rescue.islamabad.pk" in shown  # what is asked of the nation
    assert "rescue.islamabad.pk may connect once its node has read this" in shown
    assert "desk: enrolled in pk" in shown
    assert shown.count("Number of pk: ") == 2  # at the nation and at the agency
    assert len(set(re.findall("Number of pk: .*", shown))) == 1


def test_the_python_client_writes_and_reads(shown: str) -> None:
    said = "duty-1@rescue.islamabad.pk ROUTE_STATUS"

    assert re.search(r"^sent [0-9a-f]{64} local$", shown, re.MULTILINE)
    assert f"1 {said} cosigned EXERCISE: road open again" in shown
    assert re.search(r"^\x1b?.*\* .* EXERCISE", shown, re.MULTILINE)  # in Beijing
    assert "duty-1@ops.beijing.cn ROUTE_STATUS cosigned Ambulances only" in shown
    assert "Acknowledged duty-1@rescue.islamabad.pk" in shown


def test_a_client_from_the_protos_alone_is_let_in(shown: str) -> None:
    """By default, so its gRPC offers the group that the gate demands."""
    held = r"'islamabad\.pk\.fusion/log/1': 6, 'beijing\.cn\.fusion/log/1': 3"

    assert re.search(rf"^islamabad\.pk {{{held}}}$", shown, re.MULTILINE)


def test_the_example_is_as_short_as_it_says() -> None:
    assert len(blocks(DOCUMENT, "python")[0].splitlines()) <= 18


def test_the_gate_is_told_in_its_order() -> None:
    _, _, steps = DOCUMENT.partition("## Who gets in")
    told = re.findall(r"`([A-Z_]+)`", steps.partition("\n## ")[0])

    assert told == [
        *("TLS_VERSION", "TLS_GROUP", "NOT_WRITER", "IDENTITY", "DOMAIN_CA"),
        *("CERTIFICATE_TIME", "NOT_PINNED", "METHOD", "DEADLINE", "RATE"),
    ]
    assert set(told) <= set(Reason.__members__)
    asked = inspect.getsource(identity) + inspect.getsource(gate.permit)
    assert set(re.findall(r"Reason\.([A-Z_]+)", asked)) <= set(told)
