"""Every sample and every kind's example as it reads in the three languages.

The files were read by people for order, punctuation and plurals. Where one differs,
write them again and read what changed:

    python -m tests.bulletin.test_show
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from exchange.bulletin.content import from_json
from exchange.bulletin.draft import Draft
from exchange.bulletin.json_reader import read_json
from exchange.bulletin.kinds import KINDS
from exchange.bulletin.prose_view import best, rendition
from exchange.bulletin.render import render
from exchange.bulletin.schema import LANGUAGES
from tests.bulletin.examples import example
from tests.bulletin.test_labels import wrong
from tests.bulletin.test_samples import SAMPLES

KEPT = Path(__file__).parents[1] / "vectors" / "show"
# Names of desks, bulletins and forces, and decimals.
NAMES = re.compile(
    "[a-z0-9-]+(?:[.][a-z0-9-]+){2}|[0-9a-f]{64}|[0-9]+[.][0-9]+|（Levies）"
)


@cache
def drafts() -> dict[str, Draft]:
    samples = {f.name.partition(".")[0]: read_json(f.read_bytes()) for f in SAMPLES}
    examples = {kind.lower(): example(kind) for kind in KINDS}
    return {name: from_json(obj) for name, obj in (samples | examples).items()}


def shown(draft: Draft, lang: str) -> str:
    said = best(draft.translations, lang)
    made = rendition(draft.content, said) if said else None
    return render(draft.content, draft, lang, made)


def cases() -> Iterator[tuple[str, str]]:
    for name in drafts():
        for lang in LANGUAGES:
            yield name, lang


@pytest.mark.parametrize(("name", "lang"), list(cases()))
def test_it_reads_as_it_was_reviewed(name: str, lang: str) -> None:
    kept = KEPT / f"{name}.{lang}.txt"
    again = "python -m tests.bulletin.test_show"
    assert kept.exists(), f"write it by: {again}"
    assert shown(drafts()[name], lang) == kept.read_text("utf-8"), f"see: {again}"


def test_no_file_is_left_over() -> None:
    wanted = {f"{name}.{lang}.txt" for name, lang in cases()}
    assert {path.name for path in KEPT.iterdir()} == wanted


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", sorted(drafts().keys() - {"glossary"}))
def test_what_is_coded_is_written_as_its_script_is(name: str, lang: str) -> None:
    """A glossary's terms stand there in all languages."""
    lines = [
        NAMES.sub("X", line).strip(" -*")
        for line in shown(drafts()[name], lang).splitlines()
        if line and not line.startswith((">", "=="))
    ]
    assert [line for line in lines if wrong(line, lang)] == []
    english = re.compile("[A-Za-z]?[a-z]+")
    assert lang == "en" or not [line for line in lines if english.search(line)]


def main() -> None:
    """Write all files again."""
    KEPT.mkdir(exist_ok=True)
    for old in KEPT.iterdir():
        old.unlink()
    for name, lang in cases():
        text = shown(drafts()[name], lang)
        (KEPT / f"{name}.{lang}.txt").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
