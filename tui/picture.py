"""A picture of the terminal as SVG, which shows Urdu as the terminal does.

A viewer of SVG reorders text from right to left; ours is in visual order already, so
the picture tells it not to.
"""

from textual.app import App

_OVERRIDE = "text { unicode-bidi: bidi-override; direction: ltr; }"


def svg(app: App[None], title: str = "") -> str:
    """Return the screen of a running app as SVG."""
    text = app.export_screenshot(title=title)
    head, style, rest = text.partition("<style>")
    if not style:
        raise ValueError("no style element in the exported picture")
    return f"{head}{style}\n    {_OVERRIDE}\n{rest}"
