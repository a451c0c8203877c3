"""A route is drawn without bias, sealed by its hash, and told only as it was drawn."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.bulletin.content import decode, encode, from_json
from exchange.bulletin.route_commitment import (
    Draw,
    Random,
    commit_route,
    commitment,
    draw,
    to_draw,
    verify,
)
from exchange.errors import Reason, Refusal
from exchange.v1 import bulletin_pb2 as pb
from exchange.v1 import envelope_pb2 as env
from tests.bulletin.examples import Json, example
from tests.bulletin.test_check import GONE, NAME, changed, refused
from tests.expecting import refusing

R = Reason
ANSWER = json.loads(
    (Path(__file__).parents[1] / "vectors/draw/round-4.json").read_bytes()
)
DRAWN = Draw("B", bytes.fromhex(ANSWER["nonce"]))
REVEALS = [{"relation": "REVEALS", "name": NAME}]


def fixed(*chunks: bytes) -> Random:
    stock: Iterator[bytes] = iter(chunks)

    def random(size: int) -> bytes:
        chunk = next(stock)
        assert len(chunk) == size
        return chunk

    return random


def movement() -> pb.Content:
    obj = example("MOVEMENT")
    obj["details"]["routes"] = ["A", "B", "C"]
    return commit_route(from_json(obj).content, DRAWN)


def reveal(**changes: object) -> Json:
    details = {"call_sign": "ROUND-4", "route": "B", "nonce": ANSWER["nonce"]}
    found = {k: v for k, v in (details | changes).items() if v is not GONE}
    return example("MOVEMENT") | {"details": found, "references": REVEALS}


def test_the_hash_is_the_one_that_was_worked_out_by_hand() -> None:
    found = commitment(ANSWER["call_sign"], ANSWER["routes"], DRAWN)
    assert found == ANSWER["commitment"]
    content = movement()
    assert [d.value for d in content.details if d.field == "draw"] == [found]
    assert decode(encode(content)) == content


def test_each_of_the_routes_is_as_likely() -> None:
    nonce = bytes(32)
    for count in (1, 2, 3, 5, 7, 127, 128):
        routes = [str(i) for i in range(count)]
        whole = 256 - 256 % count
        found = Counter(
            draw(routes, fixed(bytes([byte]), nonce)).route for byte in range(whole)
        )
        assert set(found) == set(routes)
        assert len(set(found.values())) == 1
        for byte in range(whole, 256):
            again = fixed(bytes([byte]), b"\x00", nonce)
            assert draw(routes, again).route == routes[0]


@pytest.mark.parametrize("count", [0, 129])
def test_there_is_nothing_to_draw_from(count: int) -> None:
    with refusing(where="details.routes"):
        draw([str(i) for i in range(count)], fixed())


def test_only_a_movement_of_several_routes_is_drawn() -> None:
    content = from_json(example("MOVEMENT")).content
    assert to_draw(content)
    assert not to_draw(movement())
    one = changed(example("MOVEMENT"), "details.routes", ["A"])
    assert not to_draw(from_json(one).content)
    assert not to_draw(from_json(example("ROUTE_STATUS")).content)


def test_the_secret_is_in_no_text() -> None:
    assert ANSWER["nonce"] not in repr(DRAWN)
    assert str(DRAWN.nonce) not in repr(DRAWN)


def test_a_reveal_tells_the_route_that_was_sealed() -> None:
    told = from_json(reveal()).content
    assert verify(movement(), told) == "B"
    del told.details[0]
    assert verify(movement(), told) == "B"
    header = env.Core(references=from_json(reveal()).references)
    assert decode(encode(told), header) == told


FORGED: list[tuple[dict[str, object], Reason, str]] = [
    ({"route": "A"}, R.FIELD_VALUE, "details.nonce"),
    ({"route": "D"}, R.FIELD_VALUE, "details.route"),
    ({"nonce": "00" * 32}, R.FIELD_VALUE, "details.nonce"),
    ({"call_sign": "ROUND-5"}, R.FIELD_VALUE, "details.call_sign"),
]


@pytest.mark.parametrize("case", FORGED, ids=["other", "foreign", "nonce", "sign"])
def test_no_other_route_can_be_told(
    case: tuple[dict[str, object], Reason, str],
) -> None:
    changes, reason, where = case
    with refusing(reason, where):
        verify(movement(), from_json(reveal(**changes)).content)


def test_what_was_never_sealed_cannot_be_revealed() -> None:
    told = from_json(reveal()).content
    plain = from_json(example("MOVEMENT")).content
    for source, said, where in [
        (plain, told, "details.draw"),
        (movement(), plain, "details.route"),
        (from_json(example("SITREP")).content, told, "kind"),
    ]:
        with refusing(where=where):
            verify(source, said)


@given(st.lists(st.sampled_from("ABCDEFGH"), min_size=2, unique=True), st.data())
def test_a_seal_holds_for_its_own_route_sign_and_set(
    routes: list[str], data: st.DataObject
) -> None:
    drawn = Draw(data.draw(st.sampled_from(routes)), bytes(32))
    sealed = commitment("ROUND-4", routes, drawn)
    other = data.draw(st.sampled_from([r for r in routes if r != drawn.route]))
    assert commitment("ROUND-4", routes, Draw(other, bytes(32))) != sealed
    assert commitment("ROUND-5", routes, drawn) != sealed
    assert commitment("ROUND-4", [*routes, "Z"], drawn) != sealed
    assert commitment("ROUND-4", routes, Draw(drawn.route, bytes(31) + b"1")) != sealed


@pytest.mark.parametrize(
    ("obj", "reason", "where"),
    [
        (reveal(nonce=GONE), R.FIELD_MISSING, "details.nonce"),
        (reveal(route=GONE), R.FIELD_MISSING, "details.route"),
        (reveal(route=GONE, nonce=GONE), R.FIELD_MISSING, "details.route"),
        (reveal(nonce="AB" * 32), R.FIELD_VALUE, "details.nonce"),
        (reveal(nonce="ab" * 31), R.FIELD_VALUE, "details.nonce"),
        (
            reveal() | {"references": [{"relation": "UPDATES", "name": NAME}]},
            R.FIELD_MISSING,
            "references",
        ),
        (reveal(routes=["A", "B"], draw="00" * 32), R.FIELD_VALUE, "details.route"),
    ],
)
def test_a_route_is_told_by_a_reveal_only(
    obj: Json, reason: Reason, where: str
) -> None:
    refused(obj, reason, where)


def test_who_writes_a_route_is_told_how_it_is_revealed() -> None:
    with pytest.raises(Refusal, match="is revealed by fusion reveal"):
        from_json(reveal(nonce=GONE))


def test_a_seal_without_the_set_it_was_drawn_from_is_refused() -> None:
    obj = example("MOVEMENT")
    obj["details"] = {"call_sign": "ROUND-4", "draw": "00" * 32}
    obj["references"] = [{"relation": "UPDATES", "name": NAME}]
    refused(obj, R.FIELD_MISSING, "details.routes")
