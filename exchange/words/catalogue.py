"""Catalogues of translations (gettext), including plural forms.

There are three sets: the commands' in this folder, the terminal's in `tui/locale`, the
report's in `exchange/report/locale`. They are compiled at build time (build_hook.py):
gettext reads the result in a millisecond, Babel takes 0.1 s.
"""

from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path


@cache
def load(lang: str, *folders: Path) -> NullTranslations:
    """Return the texts of all catalogues; one missing in all stays English."""
    found = NullTranslations()
    for folder in folders:
        found.add_fallback(_read(folder, lang))
    return found


def _read(folder: Path, lang: str) -> NullTranslations:
    built, source = folder / f"{lang}.mo", folder / f"{lang}.po"
    if built.is_file():
        return GNUTranslations(BytesIO(built.read_bytes()))
    if source.is_file():  # not built yet
        return GNUTranslations(BytesIO(compile_catalogue(source.read_bytes())))
    return NullTranslations()


def compile_catalogue(po: bytes) -> bytes:
    """Compile it; incomplete and fuzzy translations stay English."""
    from babel.messages.mofile import write_mo  # noqa: PLC0415 - see above
    from babel.messages.pofile import read_po  # noqa: PLC0415

    catalogue = read_po(BytesIO(po), abort_invalid=True)
    for message in list(catalogue):
        said = message.string or ""
        if not all((said,) if isinstance(said, str) else said):
            catalogue.delete(message.id)
    made = BytesIO()
    write_mo(made, catalogue)
    return made.getvalue()
