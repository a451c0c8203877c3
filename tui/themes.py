"""The colours: a dark and a light theme, each also for 16 colours.

Every text has a contrast of at least 4.5 to its background (WCAG 2.2, 1.4.3); a test
measures it on the screens. A terminal with 16 colours uses its own.
"""

from textual.theme import BUILTIN_THEMES, Theme

DARK, LIGHT = "dark", "light"
_SIXTEEN = {DARK: "ansi-dark", LIGHT: "ansi-light"}  # Textual's own

OTHERWISE = {"row-cursor": "ansi_default", "row-cursor-style": "bold reverse"}
"""Variables of ours for Textual's themes of 16 colours: reverse shows in any."""
THEMES = (
    Theme(
        name=f"fusion-{DARK}",
        primary="#5aa9ff",
        secondary="#8fb8de",
        accent="#ffb454",
        warning="#ffd166",
        error="#ff8080",
        success="#6fdc8c",
        foreground="#e8e8e8",
        background="#0f1317",
        surface="#171c22",
        panel="#1f262e",
        dark=True,
        variables={"row-cursor": "#1c3a5a", "row-cursor-style": "bold"},
    ),
    Theme(
        name=f"fusion-{LIGHT}",
        primary="#0f4f99",
        secondary="#39607f",
        accent="#7a3e00",
        warning="#6b4700",
        error="#a3001b",
        success="#0b5a28",
        foreground="#141414",
        background="#fcfcfa",
        surface="#f3f3ef",
        panel="#e9e9e4",
        dark=False,
        variables={"row-cursor": "#cfe0f5", "row-cursor-style": "bold"},
    ),
)


def theme_name(setting: str, *, sixteen: bool) -> str:
    """`sixteen`: the terminal has only 16 colours."""
    return _SIXTEEN[setting] if sixteen else f"fusion-{setting}"


def themes() -> tuple[Theme, ...]:
    return (*THEMES, *(BUILTIN_THEMES[name] for name in _SIXTEEN.values()))
