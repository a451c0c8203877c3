"""Signed notes: one encoding, everything else refused."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.errors import Reason, Refusal
from exchange.ledger.note import ED25519, Line, Note, Vkey, parse_note
from exchange.limits import NOTE_LINES_MAX, NOTE_MAX

LINE = "— a.example " + base64.b64encode(b"1234signature").decode()
GOOD = f"text\n\n{LINE}\n"


def test_the_last_empty_line_ends_the_text() -> None:
    note = parse_note(f"one\n\ntwo\n\n{LINE}\n{LINE}\n".encode())

    assert note.text == b"one\n\ntwo\n"
    assert note.lines == (Line("a.example", b"1234", b"signature"),) * 2


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "\n",
        "text\n",
        "text\n\n",
        f"text\n{LINE}\n",
        f"text\n\n{LINE}",
        f"text\n\n{LINE}\r\n",
        f"te\txt\n\n{LINE}\n",
        f"te\0xt\n\n{LINE}\n",
        f"text\n\n{LINE} \n",
        f"text\n\n{LINE}\n\n",
        f"text\n\n {LINE}\n",
        GOOD.replace("—", "-"),
        GOOD.replace("—", "–"),
        GOOD.replace("— ", "—"),
        GOOD.replace("— ", "—  "),
        GOOD.replace("a.example", ""),
        GOOD.replace("a.example", "a+example"),
        GOOD.replace("a.example", "a\u3000example"),
        GOOD.replace("a.example", "a\u2028example"),
        GOOD.replace("a.example", "a\u0085example"),
        GOOD.replace("a.example", "a\u00a0example"),
        GOOD.replace("a.example", "a" * 256),
        GOOD.replace("=\n", "\n"),
        GOOD.replace("Q=", "R="),
        "text\n\n— a.example MTIzNA==\n",
        "text\n\n— a.example \n",
        "text\n\n— a.example\n",
        "text\n\n" + f"{LINE}\n" * (NOTE_LINES_MAX + 1),
        "t" * NOTE_MAX + f"\n\n{LINE}\n",
    ],
)
def test_a_malformed_note_is_refused(bad: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_note(bad.encode())

    assert refused.value.reason is Reason.NOTE


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


def test_the_key_id_commits_to_name_type_and_key() -> None:
    vkeys = [
        Vkey("a", 1, bytes(32)),
        Vkey("b", 1, bytes(32)),
        Vkey("a", 4, bytes(32)),
        Vkey("a", 1, bytes(31) + b"1"),
    ]

    assert len({vkey.key_id for vkey in vkeys}) == len(vkeys)
