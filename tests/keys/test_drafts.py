"""Drafts that killed programs leave, swept when a part is opened next."""

import os
from pathlib import Path

import pytest

from exchange import config
from exchange.atomic_file import atomic
from keys import drafts, files

LEFT = ".tls.key.0123456789abcdef"


@pytest.fixture
def part(tmp_path: Path) -> Path:
    folder = tmp_path / "home/desk"
    (folder / "inbox").mkdir(parents=True)
    return folder


def test_g9_whoever_opens_a_part_sweeps_it(part: Path) -> None:
    left = [
        part / LEFT,
        part / "inbox/.0001.envelope.0123456789abcdef",
        part / ".mailbox.db.0123456789abcdef",
        part.parent / ".desk.0123456789abcdef",
    ]
    for path in left[:2]:
        path.write_bytes(b"half a key")
    for folder in left[2:]:
        folder.mkdir()
        (folder / "duty-1.key").write_bytes(b"a key")
    kept = [part / ".hidden", part / "tls.key", part.parent / ".node.0123456789abcdef"]
    for path in kept:
        path.write_bytes(b"to stay")

    with config.hold_lock(part, shared=True):
        assert not [path for path in left if os.path.lexists(path)]

    assert [path.read_bytes() for path in kept] == [b"to stay"] * 3


def test_a_draft_that_is_being_made_is_left(part: Path) -> None:
    with drafts.new_folder(part.parent / "desk") as folder, atomic(part / "a") as file:
        file.write(b"whole")
        (folder / "duty-1.key").write_bytes(b"a key")
        with config.hold_lock(part):
            assert (folder / "duty-1.key").exists()

    assert (part / "a").read_bytes() == b"whole"
    assert not folder.exists()


def test_a_second_name_of_a_key_in_use_is_removed_and_not_overwritten(
    part: Path,
) -> None:
    """`files.replace_all` was killed while the old files had two names each."""
    files.create(part / "duty-1.key", b"the key of today")
    (part / LEFT).hardlink_to(part / "duty-1.key")

    files.sweep(part)

    assert (part / "duty-1.key").read_bytes() == b"the key of today"
    assert not (part / LEFT).exists()


def test_a_link_is_not_followed(part: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "tls.key").write_bytes(b"of somebody else")
    (part / LEFT).symlink_to(other)

    files.sweep(part)

    assert (other / "tls.key").read_bytes() == b"of somebody else"
    assert not os.path.lexists(part / LEFT)
