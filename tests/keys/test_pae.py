import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.pae import pae

LISTS = st.lists(st.binary(max_size=12), max_size=4)
LABELS = st.text("abc", max_size=3)


@given(LABELS, LISTS, LABELS, LISTS)
def test_two_lists_never_give_the_same_bytes(
    label: str, parts: list[bytes], other: str, others: list[bytes]
) -> None:
    same = (label, parts) == (other, others)
    assert (pae(label, *parts) == pae(other, *others)) is same


@given(LABELS, LISTS)
def test_no_list_begins_another(label: str, parts: list[bytes]) -> None:
    encoded = pae(label, *parts)
    assert not pae(label, *parts, b"").startswith(encoded)


def test_a_label_beyond_a_byte_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="256"):
        pae("x" * 256)
    with pytest.raises(UnicodeEncodeError):
        pae("й")
