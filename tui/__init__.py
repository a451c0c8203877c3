"""The liaison officer's terminal."""

import os

# Textual reads both when it is imported. Esc: the terminal's own delay is long
# enough. iTerm2 loses text of input methods under the Kitty protocol.
os.environ.setdefault("ESCDELAY", "25")
if os.environ.get("TERM_PROGRAM") == "iTerm.app" and "TMUX" not in os.environ:
    os.environ.setdefault("TEXTUAL_DISABLE_KITTY_KEY", "1")
