"""Language tags of other programs, and our language for each."""

_TRADITIONAL = ("zh-hant", "zh-tw", "zh-hk", "zh-mo")
_OURS = {"en": "en", "ur": "ur", "zh": "zh-Hans"}


def ours(tag: str) -> str:
    """Return en, ur or zh-Hans (of zh-CN, ur-PK, en_US), else ""."""
    folded = tag.lower().replace("_", "-")
    if folded.startswith(_TRADITIONAL):
        return ""
    return _OURS.get(folded.partition("-")[0], "")
