"""JSON from a stranger: one refusal that names the place, and nothing of it else."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.bulletin.json_reader import DEPTH_MAX, INPUT_MAX, JsonValue, read_json
from exchange.errors import Reason, Refusal
from tests.expecting import refusing

BROKEN = {
    "nothing": b"",
    "half an object": b'{"kind": "RFI"',
    "two objects": b"{}{}",
    "a list": b"[]",
    "a text": b'"RFI"',
    "null": b"null",
    "not UTF-8": b'{"kind": "\xff"}',
    "UTF-16": '{"kind": "RFI"}'.encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf{}",
    "a number of 5,000 digits": b'{"kind": ' + b"9" * 5_000 + b"}",
    "100,000 lists in each other": b'{"a":' + b"[" * 100_000,
    "100,000 closed lists": b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "single quotes": b"{'kind': 'RFI'}",
    "a comment": b'{"kind": "RFI"} // mine',
    "a raw line break in a text": b'{"kind": "R\nFI"}',
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN.keys())
def test_what_is_no_json_object_is_refused(data: bytes) -> None:
    with refusing(Reason.INPUT, "input"):
        read_json(data)


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (b'{"kind": "RFI", "kind": "WARNING"}', "kind"),
        (
            b'{"label": {"tlp": "RED", "releasable_to": [], "tlp": "CLEAR"}}',
            "label.tlp",
        ),
        (b'{"segments": [{}, {"id": 1, "id": 2}]}', "segments.1.id"),
        (b'{"\\u001b[2J": 1, "\\u001b[2J": 2}', "?"),
        (b'{"kind": 1, "k\\u0069nd": 2}', "kind"),
    ],
)
def test_a_key_that_stands_twice_is_named(data: bytes, where: str) -> None:
    with refusing(Reason.INPUT, where):
        read_json(data)


def test_depth_has_a_bound() -> None:
    def nested(depth: int) -> bytes:
        return b'{"details":' + b"[" * depth + b"]" * depth + b"}"

    assert read_json(nested(DEPTH_MAX - 1))
    with refusing(Reason.INPUT, "details"):
        read_json(nested(DEPTH_MAX + 1))


def test_size_has_a_bound() -> None:
    assert read_json(b"{}".ljust(INPUT_MAX)) == {}
    with refusing(Reason.TOO_LONG) as caught:
        read_json(b"{}".ljust(INPUT_MAX + 1))
    assert str(caught.value.why) == "too large; 1 MiB at most"


@pytest.mark.parametrize(
    "number", [b"NaN", b"Infinity", b"-Infinity", b"1e999", b"1.0"]
)
def test_a_number_that_is_not_whole_is_refused_where_it_stands(number: bytes) -> None:
    members = JsonValue(read_json(b'{"killed": ' + number + b"}")).members("killed")
    with refusing(where="killed"):
        members["killed"].integer(0, 10)


def test_true_is_no_number_and_one_is_no_flag() -> None:
    with pytest.raises(Refusal):
        JsonValue(True).integer(0, 1)  # noqa: FBT003  # the very point
    with pytest.raises(Refusal):
        JsonValue(1).flag()
    with pytest.raises(Refusal):
        JsonValue("true").flag()


@pytest.mark.parametrize("text", ["\ud800", "a\udfff", None, 1, ["a"]])
def test_a_text_is_a_text_that_utf8_can_write(text: object) -> None:
    with pytest.raises(Refusal):
        JsonValue(text, "kind").text()


def test_a_key_is_a_text_that_utf8_can_write() -> None:
    root = read_json(b'{"segments": {"s0": "a", "\\ud800": "b"}}')
    with pytest.raises(Refusal) as caught:
        JsonValue(root["segments"], "segments").all_members()
    found = caught.value.reason, caught.value.where
    assert found == (Reason.FIELD_UNKNOWN, "segments.?")


def test_a_hostile_key_is_not_repeated() -> None:
    with refusing(Reason.FIELD_UNKNOWN, "?") as caught:
        JsonValue({"\x1b]0;owned\x07": 1}).members("kind")
    assert "\x1b" not in str(caught.value)
    with refusing(Reason.FIELD_UNKNOWN):
        JsonValue({7: 1}).members("kind")


@given(
    st.recursive(st.none() | st.floats() | st.text(max_size=5), st.lists, max_leaves=9)
)
def test_any_json_is_read_or_refused(value: object) -> None:
    with contextlib.suppress(Refusal):
        read_json(json.dumps({"kind": value}).encode())


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(Refusal):
        read_json(data)
