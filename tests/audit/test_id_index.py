"""Ids are found whether they are held or were spilt."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.audit.judge import id_index
from exchange.audit.judge.id_index import IdIndex
from exchange.errors import Reason
from tests.expecting import refusing


@pytest.mark.parametrize("most", [1, 3, 1_000])
def test_every_id_stays_known(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr(id_index, "IN_MEMORY_MAX", most)
    monkeypatch.setattr(id_index, "ASKED_MAX", 2)
    ids = [b"%16d" % number for number in range(40)]
    found = IdIndex()
    for start in range(0, 40, 5):
        some = ids[start : start + 5]
        assert not found.any(some)
        found.add_run(some[:3], start)
        found.add(some[3], start + 3)
        found.add(some[4], start + 4)

    assert [found.place(id_) for id_ in ids] == list(range(40))
    assert found.place(b"another") is None
    for id_ in ids:
        assert found.any([b"x", b"y", id_])
    assert found.any([b"x", b"x"])
    assert not found.any([b"x", b"y", b"z"])
    found.close()


def test_a_full_disk_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(id_index, "IN_MEMORY_MAX", 2)
    monkeypatch.setattr(
        id_index, "BEGIN", (*id_index.BEGIN, "PRAGMA max_page_count = 1")
    )
    found = IdIndex()
    with refusing(Reason.DISK):
        found.add_run([b"%5000d" % number for number in range(20)], 0)


@given(st.lists(st.binary(max_size=2), unique=True))
def test_what_is_held_is_bounded(ids: list[bytes]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(id_index, "IN_MEMORY_MAX", 4)
        found = IdIndex()
        for place, id_ in enumerate(ids):
            assert not found.any([id_])
            found.add(id_, place)
            assert len(found._held) < 4
        assert [found.place(id_) for id_ in ids] == list(range(len(ids)))
        found.close()
