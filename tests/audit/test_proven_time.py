"""ProvenTimes times as the definition has them, whatever heads there are."""

from hypothesis import given
from hypothesis import strategies as st

from exchange.audit.proven_time import ProvenTimes

heads = st.dictionaries(st.integers(1, 30), st.integers(1, 20), max_size=8)


def least(found: dict[int, int], index: int) -> int | None:
    """Return it word by word: the least over the heads that contain the entry."""
    return min((t for size, t in found.items() if size > index), default=None)


@given(heads)
def test_it_is_the_least_over_the_heads_that_contain_an_entry(
    found: dict[int, int],
) -> None:
    proven = ProvenTimes()
    for size in sorted(found):
        proven.add(size, found[size])

    assert [proven.time(i) for i in range(35)] == [least(found, i) for i in range(35)]
    assert proven.size == max(found, default=0)


@given(heads, st.integers(0, 22))
def test_from_the_first_on_none_is_proven_before(
    found: dict[int, int], time_s: int
) -> None:
    proven = ProvenTimes()
    for size in sorted(found):
        proven.add(size, found[size])
    first = proven.first(time_s)

    for index in range(35):
        time = least(found, index)
        assert (time is not None and time < time_s) == (index < first)
