"""fusion reveal: the route that was drawn when a movement was sent, at both ends."""

import json
from pathlib import Path

from exchange.errors import Reason
from tests.bulletin.examples import example
from tests.cli.desk.conftest import AtDesk, refused


def test_a_route_is_sealed_first_and_revealed_later(
    pk: AtDesk, cn: AtDesk, tmp_path: Path
) -> None:
    path = tmp_path / "movement.json"
    path.write_text(json.dumps(example("MOVEMENT")), "utf-8")
    name = pk.json("send", path)["name"]
    cn.until_cosigned(name)
    details = cn.show(name)["content"]["details"]
    assert len(details["draw"]) == 64
    assert "route" not in details
    assert "not yet revealed" in pk("show", name).out
    assert "not yet revealed" not in cn("show", name).out
    refused(cn("reveal", name), Reason.NOT_FOUND, name[:16])

    sent = pk.json("reveal", name[:12])
    assert sent["about"] == name
    assert sent["route"] in {"A", "B"}
    cn.until_cosigned(sent["name"])
    told = {"reveal": sent["name"], "movement": name, "route": sent["route"]}
    for asked in (name, sent["name"]):
        assert cn.show(asked)["draws"] == [told | {"refused": ""}]
        assert f"路线{sent['route']}" in cn("show", asked, "--lang", "zh").out
    assert pk.json("reveal", name)["name"] == sent["name"]
