"""What looks like personal data in free text; to be asked about before signing."""

import re

from exchange.bulletin.draft import Draft

_PATTERNS = {
    "EMAIL": re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+"),
    "IDENTITY_CARD": re.compile(r"(?<!\d)(\d{5}-\d{7}-\d|\d{17}[\dXx])(?!\d)"),
    "PHONE": re.compile(
        r"(?<![\d.])(\+\d[\d -]{8,15}\d|0\d{2,3}[ -]?\d{7,8}|1[3-9]\d{9})(?!\d)"
    ),
    "PASSPORT": re.compile(r"(?<![A-Z0-9])[A-Z]{1,2}\d{7,8}(?![A-Z0-9])"),
    "PLATE": re.compile(
        r"(?<![A-Z0-9])([A-Z]{2,3}[ -]\d{3,4}"
        r"|[\u4e00-\u9fff][A-Z][·.]?[A-Z0-9]{5,6})(?![A-Z0-9])"
    ),
}


def personal_data(draft: Draft) -> list[tuple[str, str]]:
    """Return (dotted field, EMAIL | IDENTITY_CARD | PHONE | PASSPORT | PLATE) found.

    A guess from patterns, in subject, segments and translations; nothing is refused.
    """
    content = draft.content
    texts = [("subject.text", content.subject.text)]
    texts += [(f"segments.{i}.text", s.text) for i, s in enumerate(content.segments)]
    for i, translation in enumerate(draft.translations):
        where = f"translations.{i}.segments"
        texts += [(f"{where}.{s.id}", s.text) for s in translation.segments]
    return [(where, name) for where, text in texts for name in found_in(text)]


def found_in(text: str) -> list[str]:
    """Return what a text holds of it: EMAIL, PHONE, ..."""
    return [name for name, pattern in _PATTERNS.items() if pattern.search(text)]
