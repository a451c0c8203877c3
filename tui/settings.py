"""The officer's settings of the terminal: their values, and those in force.

The desk saves each under its key (`Desk.setting`), per officer. Without a
choice, desk/config.toml decides, then the default here. An unreadable setting is named,
and the default applies.
"""

from collections.abc import Callable, Mapping
from datetime import tzinfo
from typing import NamedTuple

from textual.message import Message

from exchange.config.settings import find_zone
from exchange.errors import Refusal
from exchange.limits import MINUTE, SECOND
from exchange.words import DEFAULT, word
from tui import alarm
from tui.text.order import BIDI_WORDS, Bidi
from tui.themes import DARK, LIGHT
from tui.words import LANGUAGES


def _none(_: str) -> bool:
    return False


def _is_zone(value: str) -> bool:
    try:
        find_zone(value)
    except Refusal:
        return False
    return True


def _is_span(value: str) -> bool:
    within = value.isascii() and value.isdigit() and len(value) <= len("3600")
    return within and alarm.again_after(value) == int(value) * SECOND


class Setting(NamedTuple):
    key: str
    words: str
    values: Mapping[str, str]
    default: str
    about: str = ""
    also: Callable[[str], bool] = _none
    """Whether it may be something else than these, written by other means."""

    def words_of(self, value: str) -> str:
        return self.values.get(value, value)


LANGUAGE, THEME, BIDI = "language", "theme", "bidi"
LOCK_AFTER, TIME_ZONE = "lock_after", "time_zone"
AS_CONFIGURED = ""
UTC = "UTC"
_ZONES = {
    UTC: word("UTC only (Z)"),
    "Asia/Karachi": word("Pakistan (Z+5)"),
    "Asia/Shanghai": word("China (Z+8)"),
}
_LOCKS = {
    AS_CONFIGURED: word("as desk/config.toml says"),
    "1": word("after 1 minute"),
    "2": word("after 2 minutes"),
    "5": word("after 5 minutes"),
    "10": word("after 10 minutes"),
    "30": word("after 30 minutes"),
}
_ALARMS = dict(
    zip(
        alarm.CHOICES,
        (
            word("every 30 seconds"),
            word("every minute"),
            word("every 5 minutes"),
            word("once only"),
            word("never (it still stays in the top row)"),
        ),
        strict=True,
    )
)
SETTINGS = (
    Setting(LANGUAGE, word("Language"), LANGUAGES, DEFAULT),
    Setting(THEME, word("Colours"), {DARK: word("dark"), LIGHT: word("light")}, DARK),
    Setting(
        BIDI,
        word("Urdu is put in order"),
        {**BIDI_WORDS},
        Bidi.APP,
        word("fusion doctor shows which of them reads right on your terminal"),
    ),
    Setting(
        LOCK_AFTER,
        word("Lock without a key"),
        _LOCKS,
        AS_CONFIGURED,
        word("never later than desk/config.toml says"),
    ),
    Setting(TIME_ZONE, word("Local time beside Z"), _ZONES, UTC, also=_is_zone),
    Setting(
        alarm.SETTING,
        word("A FLASH that waits rings again"),
        _ALARMS,
        str(alarm.AGAIN),
        also=_is_span,
    ),
)
"""All settings of the terminal, in the order of the screen."""


class ChangeSetting(Message):
    """A screen wants a setting to be saved, and applied at once."""

    def __init__(self, key: str, value: str) -> None:
        super().__init__()
        self.key, self.value = key, value


class Values(NamedTuple):
    """The value in force of each setting, and the keys of unreadable ones."""

    of: Mapping[str, str]
    unreadable: tuple[str, ...]


def read(kept: Callable[[str], str]) -> Values:
    """Return the values in force; `kept` returns a key's saved value, or ""."""
    values, unreadable = {}, []
    for setting in SETTINGS:
        value = kept(setting.key) or setting.default
        if value not in setting.values and not setting.also(value):
            unreadable.append(setting.key)
            value = setting.default
        values[setting.key] = value
    return Values(values, tuple(unreadable))


def lock_ms(configured: int, chosen: str) -> int:
    """Return after how many ms without a key it locks; 0: never.

    The officer may lock earlier than the desk is `configured` to (ms), never later.
    """
    own = int(chosen) * MINUTE if chosen else 0
    return min(filter(None, (configured, own)), default=0)


def zone(value: str) -> tzinfo | None:
    """Return the zone that a value of TIME_ZONE names; None for Z alone."""
    return None if value == UTC else find_zone(value)
