"""Signed notes: one encoding, everything else refused."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.errors import Reason, Refusal
from exchange.ledger.note import ED25519, Line, Note, Vkey, check_name, parse_note
from exchange.limits import NOTE_LINES_MAX, NOTE_MAX
from tests.expecting import refusing

LINE = "— a.example " + base64.b64encode(b"1234signature").decode()
GOOD = f"text\n\n{LINE}\n"


def test_the_last_empty_line_ends_the_text() -> None:
    note = parse_note(f"one\n\ntwo\n\n{LINE}\n{LINE}\n".encode())

    assert note.text == b"one\n\ntwo\n"
    assert note.lines == (Line("a.example", b"1234", b"signature"),) * 2


SIGNED, NAME, BASE64 = "no signature", "name", "base64"
BAD_LINE = "signature line"


@pytest.mark.parametrize(
    ("bad", "where"),
    [
        ("", SIGNED),
        ("\n", SIGNED),
        ("text\n", SIGNED),
        ("text\n\n", SIGNED),
        (f"text\n{LINE}\n", SIGNED),
        (f"{LINE}\n", SIGNED),
        (f"text\n\n{LINE}", SIGNED),
        (f"text\n\n{LINE}\n\n", SIGNED),
        (f"text\n\n{LINE}\r\n", "control character"),
        (f"te\txt\n\n{LINE}\n", "control character"),
        (f"te\0xt\n\n{LINE}\n", "control character"),
        (f"text\n\n{LINE} \n", BASE64),
        (f"text\n\n {LINE}\n", BAD_LINE),
        (GOOD.replace("—", "-"), BAD_LINE),
        (GOOD.replace("—", "–"), BAD_LINE),
        (GOOD.replace("— ", "—"), BAD_LINE),
        (GOOD.replace("— ", "—  "), BASE64),
        (GOOD.replace("a.example", ""), NAME),
        (GOOD.replace("a.example", "a+example"), NAME),
        (GOOD.replace("a.example", "a\u3000example"), NAME),
        (GOOD.replace("a.example", "a\u2028example"), NAME),
        (GOOD.replace("a.example", "a\u0085example"), NAME),
        (GOOD.replace("a.example", "a\u00a0example"), NAME),
        (GOOD.replace("a.example", "a" * 256), NAME),
        (GOOD.replace("=\n", "\n"), BASE64),
        (GOOD.replace("Q=", "R="), BASE64),
        ("text\n\n— a.example MTIzNA==\n", BAD_LINE),
        ("text\n\n— a.example \n", BAD_LINE),
        ("text\n\n— a.example\n", BAD_LINE),
        ("text\n\n" + f"{LINE}\n" * (NOTE_LINES_MAX + 1), "number of signatures"),
        ("t" * NOTE_MAX + f"\n\n{LINE}\n", "size"),
    ],
)
def test_a_malformed_note_is_refused(bad: str, where: str) -> None:
    """And what is wrong with it is told."""
    with refusing(Reason.NOTE, where=where):
        parse_note(bad.encode())


@pytest.mark.parametrize(
    "name", ["", "a b", "a\tb", "a\x01b", "a+b", "a" * 256, "\u2003"]
)
def test_what_is_no_name_is_refused(name: str) -> None:
    with refusing(Reason.NOTE, where=NAME):
        check_name(name)
    assert check_name("a" * 255) == "a" * 255


def test_text_that_is_not_utf_8_is_refused() -> None:
    with pytest.raises(Refusal):
        parse_note(b"\xff" + GOOD.encode())


@given(st.one_of(st.binary(), st.text().map(str.encode)), st.integers(0, 40))
def test_nothing_but_refusals_come_of_nonsense(junk: bytes, at: int) -> None:
    data = GOOD.encode()
    for tried in (junk, data[:at] + junk + data[at:], data[:at] + junk):
        try:
            parsed = parse_note(tried)
        except Refusal:
            continue
        assert parsed.encode() == tried


NAMES = st.text(
    st.characters(codec="utf-8", exclude_characters="+", min_codepoint=0x21), min_size=1
).filter(lambda name: not any(map(str.isspace, name)) and len(name.encode()) < 256)


@given(NAMES, st.binary(min_size=4, max_size=4), st.binary(min_size=1))
def test_what_is_encoded_is_parsed(name: str, key_id: bytes, signature: bytes) -> None:
    note = Note(b"text\n", (Line(name, key_id, signature),))

    assert parse_note(note.encode()) == note


@given(NAMES, st.binary(min_size=32, max_size=32))
def test_a_vkey_is_its_text(name: str, public: bytes) -> None:
    vkey = Vkey(name, ED25519, public)

    assert Vkey.parse(vkey.encode()) == vkey


@pytest.mark.parametrize("cut", [slice(0, -4), slice(1, None), slice(0, 20)])
def test_half_a_vkey_is_refused(cut: slice) -> None:
    with pytest.raises(Refusal):
        Vkey.parse(Vkey("a.example", ED25519, bytes(range(32))).encode()[cut])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a.example",
        "a.example+12345678",
        "a.example+1234567g+AQAA",
        "a.example+12345678+!",
        "a b+12345678+AQAA",
        Vkey("a", ED25519, bytes(31)).encode(),
        Vkey("a", ED25519, bytes(33)).encode(),
        Vkey("a", 9, bytes(32)).encode(),
        Vkey("a", ED25519, bytes(32)).encode() + "+",
        Vkey("a", ED25519, bytes(32)).encode().replace("a+", "b+"),
    ],
)
def test_what_is_no_vkey_is_refused(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        Vkey.parse(text)
    assert refused.value.reason is Reason.NOTE
    assert refused.value.where in {"key", NAME, BASE64}


def test_the_key_id_commits_to_name_type_and_key() -> None:
    vkeys = [
        Vkey("a", 1, bytes(32)),
        Vkey("b", 1, bytes(32)),
        Vkey("a", 4, bytes(32)),
        Vkey("a", 1, bytes(31) + b"1"),
    ]

    assert len({vkey.key_id for vkey in vkeys}) == len(vkeys)
