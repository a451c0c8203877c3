"""Write docs/glossary.md again, from exchange/words/terms.toml.

python docs/glossary.py
"""  # noqa: INP001 - a program, not a package

import tomllib
from pathlib import Path

DOCS = Path(__file__).parent
TERMS = DOCS.parent / "exchange/words/terms.toml"
HEAD = """# The words of the program

Officers meet these words in commands, on screens and in reports. A test holds every
text of the program, in each language, to them. `python docs/glossary.py` writes this
page, from [exchange/words/terms.toml](../exchange/words/terms.toml).

| English | اردو | 中文 | meaning |
|---|---|---|---|
"""


def render() -> str:
    """Return the page: a row for each word with a meaning, in the order of the file."""
    words = tomllib.loads(TERMS.read_text("utf-8")).values()
    rows = [
        (*(word[lang][0] for lang in ("en", "ur", "zh-Hans")), word["means"])
        for word in words
        if "means" in word
    ]
    return HEAD + "".join(f"| {' | '.join(row)} |\n" for row in rows)


if __name__ == "__main__":
    (DOCS / "glossary.md").write_text(render(), "utf-8")
