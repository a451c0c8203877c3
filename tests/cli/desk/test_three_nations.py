"""Three nations' nodes as processes: each desk, each export knows what the others hold.

Kazakhstan is no nation that any list of this program names.
"""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from exchange.errors import Reason
from exchange.home.trust_files import own_bundle
from tests.mesh.nations import Mesh, running_mesh, until

PK, CN, KZ = NODES = ("islamabad.pk", "beijing.cn", "astana.kz")
pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mesh]:
    with running_mesh(tmp_path_factory.mktemp("three"), NODES) as mesh:
        yield mesh


@pytest.fixture(scope="module")
def sent(three: Mesh) -> str:
    """A bulletin of Islamabad for both, that both hold and that their desks know of."""
    name = three.send(PK, CN, KZ).name.hex()
    assert until(lambda: "cosigned" in three.states(PK, name))
    three.restart(PK)
    return name


@pytest.mark.parametrize("at", NODES)
def test_every_member_sees_it_delivered_and_cosigned(
    three: Mesh, sent: str, at: str
) -> None:
    assert until(lambda: {"delivered", "cosigned"} <= three.states(at, sent))


@pytest.mark.parametrize("at", [CN, KZ])
def test_the_export_of_every_member_meets_the_policy(
    three: Mesh, sent: str, at: str, tmp_path: Path
) -> None:
    """Once each owner has shown it what was signed lately: receipts, for instance."""
    assert until(lambda: "cosigned" in three.states(at, sent))
    trust = []
    for node, home in three.desks.homes.items():
        trust.append(tmp_path / f"{node}.bundle")
        trust[-1].write_bytes(own_bundle(home).data)
    numbers = count()

    def verified() -> bool:
        out = tmp_path / f"{next(numbers)}.audit"
        home = three.desks.homes[at]
        assert not three.run("audit", "export", "--home", home, "--out", out).code
        words = [word for path in trust for word in ("--trust", path)]
        return not three.run("audit", "verify", "--bundle", out, *words).code

    assert until(verified)


def test_a_nation_of_no_list_has_its_name(three: Mesh, sent: str) -> None:
    shown = {
        lang: three.desks.run(CN, "show", sent, "--lang", lang).out
        for lang in ("en", "ur", "zh")
    }

    assert "Kazakhstan" in shown["en"]
    assert "قزاخستان" in shown["ur"]
    assert "哈萨克斯坦" in shown["zh"]


@pytest.mark.usefixtures("sent")
def test_a_nation_that_is_suspended_is_sent_nothing_within_a_minute(
    three: Mesh,
) -> None:
    home = three.desks.homes[PK]
    assert three.run("doctor", "--suspend", "kz", "--home", home).code == 0

    assert until(lambda: three.refusal(PK, KZ) == Reason.SUSPENDED)
    assert three.refusal(PK, CN) == ""
    assert three.run("doctor", "--resume", "kz", "--home", home).code == 0
    assert until(lambda: three.refusal(PK, KZ) == "")
