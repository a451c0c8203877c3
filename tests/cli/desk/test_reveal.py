"""fusion reveal: the route that was drawn when a movement was sent, at both ends."""

import json
from collections.abc import Callable
from pathlib import Path

from exchange.errors import Reason
from tests.bulletin.examples import example
from tests.cli.conftest import Result
from tests.cli.desk.conftest import Pair, loaded
from tests.cli.desk.test_send import refused, shown, until_cosigned

At = Callable[..., Result]


def test_a_route_is_sealed_first_and_revealed_later(
    pair: Pair, at: At, tmp_path: Path
) -> None:
    path = tmp_path / "movement.json"
    path.write_text(json.dumps(example("MOVEMENT")), "utf-8")
    name = loaded(at(pair.pk, "send", str(path), "--json"))["name"]
    until_cosigned(at, pair.cn, name)
    details = shown(at, pair.cn, name)["content"]["details"]
    assert len(details["draw"]) == 64
    assert "route" not in details
    assert "not yet revealed" in at(pair.pk, "show", name).out
    assert "not yet revealed" not in at(pair.cn, "show", name).out
    refused(at(pair.cn, "reveal", name), Reason.NOT_FOUND, name[:16])

    sent = loaded(at(pair.pk, "reveal", name[:12], "--json"))
    assert sent["about"] == name
    assert sent["route"] in {"A", "B"}
    until_cosigned(at, pair.cn, sent["name"])
    told = {"reveal": sent["name"], "movement": name, "route": sent["route"]}
    for asked in (name, sent["name"]):
        assert shown(at, pair.cn, asked)["draws"] == [told | {"refused": ""}]
        assert f"路线{sent['route']}" in at(pair.cn, "show", asked, "--lang", "zh").out
    assert loaded(at(pair.pk, "reveal", name, "--json"))["name"] == sent["name"]
