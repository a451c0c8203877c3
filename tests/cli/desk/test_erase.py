"""fusion desk erase: what its author gives up goes at the desk, and is answered."""

from tests.cli.desk.conftest import AtDesk


def test_a_desk_obeys_its_author_and_says_so(pk: AtDesk, cn: AtDesk) -> None:
    name = pk.send()
    cn.until_cosigned(name)
    cn("desk", "erase", name, "--yes").ended(2, "REFERENCES")
    asked = ("--reason", "PERSONAL_DATA", "--instruction", "DESTROY")
    order = pk.json("recall", name, *asked)["name"]
    cn.until_cosigned(order)

    cn("desk", "erase", name).ended(2)
    assert cn.show(name)["content"] is not None
    done = cn.json("desk", "erase", name, "--yes")

    assert done["name"] == name
    assert cn.show(name)["content"] is None
    assert "TEXT ERASED" in cn("show", name).out
    found = pk.until(
        order,
        lambda one: any(told["name"] == done["receipt"] for told in one["receipts"]),
    )
    (told,) = [one for one in found["receipts"] if one["name"] == done["receipt"]]
    assert told["relation"] == "COMPLETED"
