"""Subjects of commits are short, and say one thing, from this test on."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.walk import ROOT

HERE = "tests/test_commits.py"
LONGEST_SUBJECT = 72  # characters, as git log and most viewers show them


def git(root: Path, *command: str) -> str:
    done = subprocess.run(
        ["git", *command], cwd=root, check=False, capture_output=True, text=True
    )
    return done.stdout.strip()


def subjects(root: Path) -> list[str]:
    """Return those of the commit that added this test, and of its descendants.

    So a branch that began before it may be merged. Merges are left out: git words them.
    """
    if git(root, "rev-parse", "--show-toplevel") != str(root.resolve()):
        pytest.skip("this tree has no history: it was unpacked or copied")
    if git(root, "rev-parse", "--is-shallow-repository") != "false":
        pytest.skip("a shallow clone: the commits before are not here")
    added = git(root, "log", "--diff-filter=A", "--format=%H", "--", HERE).split()
    if not added:  # this is being written
        return []
    since = ("--ancestry-path", f"{added[-1]}..HEAD")
    first = git(root, "log", "-1", "--format=%s", added[-1])
    later = git(root, "log", "--no-merges", "--format=%s", *since)
    return [first, *later.splitlines()]


def faults(root: Path) -> list[str]:
    return [
        subject
        for subject in subjects(root)
        if len(subject) > LONGEST_SUBJECT or ", and" in subject
    ]


@pytest.mark.skipif(not shutil.which("git"), reason="git is not installed")
def test_subjects_are_short_and_say_one_thing() -> None:
    assert faults(ROOT) == []


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A history with a long subject before this test, and a branch from there."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    root = tmp_path / "one"
    (root / "tests").mkdir(parents=True)
    git(root, "init", "--initial-branch=main")
    for setting in ("user.name=A", "user.email=a@b", "commit.gpgsign=false"):
        git(root, "config", *setting.split("="))
    commit(root, "L" * 99)
    git(root, "branch", "old")
    (root / HERE).write_text("")
    git(root, "add", HERE)
    commit(root, "Add a test")
    return root


def commit(root: Path, subject: str) -> None:
    git(root, "commit", "--allow-empty", "--message", subject)


@pytest.mark.parametrize("wrong", ["L" * 73, "Add a test, and mend it"])
def test_what_is_a_fault(repository: Path, wrong: str) -> None:
    commit(repository, "L" * 72)
    commit(repository, wrong)
    commit(repository, "Read and write it")

    assert faults(repository) == [wrong]


def test_branches_of_before_and_merges_are_left_out(repository: Path) -> None:
    git(repository, "checkout", "old")
    commit(repository, "M" * 99)
    git(repository, "checkout", "main")
    git(repository, "merge", "--no-ff", "--message", "N" * 99, "old")
    commit(repository, "After")

    assert subjects(repository) == ["Add a test", "After"]


def test_a_shallow_clone_is_skipped(repository: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--depth=1", repository.as_uri(), "two")

    with pytest.raises(pytest.skip.Exception, match="shallow"):
        subjects(tmp_path / "two")


def test_a_tree_without_history_is_skipped(tmp_path: Path) -> None:
    with pytest.raises(pytest.skip.Exception, match="no history"):
        subjects(tmp_path)
