"""The keys of a terminal until it is gone, which Textual's own driver does not see."""

import os
import selectors
from codecs import getincrementaldecoder
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, TextIO

from textual._xterm_parser import XTermParser  # nothing public reads typed bytes
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Key
from textual.keys import Keys
from textual.message import Message

from tui.text.terminal import DEVICE_REPLY, ORDER_REPLY

LOOK = 0.1  # s from one look whether the keys are still wanted to the next
PART = 4_096  # bytes


class TerminalGone(Message):
    """Nothing can be typed any more: the other end of the terminal is closed."""


class KeyParser(XTermParser):
    """Reads keys, and no answer of the terminal as one, however late that comes.

    Textual would press each letter of an answer that it does not know.
    """

    def _sequence_to_key_events(
        self,
        sequence: str,
        alt: bool = False,  # noqa: FBT001, FBT002 - Textual's
    ) -> Iterable[Key]:
        came = sequence.encode()
        if ORDER_REPLY.fullmatch(came) or DEVICE_REPLY.fullmatch(came):
            return [Key(Keys.Ignore, sequence)]
        return super()._sequence_to_key_events(sequence, alt)


class LastingOutput:
    """A file that swallows what can no longer be written.

    Textual's thread that writes would end at the first refusal, and the loop would then
    wait for ever until it takes what is painted next.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, text: str) -> None:
        """Write what can be written."""
        with suppress(OSError):
            self._file.write(text)

    def flush(self) -> None:
        """Have it leave."""
        with suppress(OSError):
            self._file.flush()

    def fileno(self) -> int:
        """Return its descriptor."""
        return self._file.fileno()


class TerminalDriver(LinuxDriver):
    """Reads keys as Textual does, and posts TerminalGone once there are no more.

    Where the terminal is not the one that controls the process, no SIGHUP tells it.
    Bytes that are no UTF-8 are read as U+FFFD.
    """

    def __init__(
        self,
        app: App[Any],
        *,
        debug: bool = False,
        mouse: bool = True,
        size: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._file: Any = LastingOutput(self._file)

    def run_input_thread(self) -> None:
        """Read until the application wants no more keys, or the terminal is gone."""
        parser = KeyParser(self._debug)
        decode = getincrementaldecoder("utf-8")("replace").decode
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                if selector.select(LOOK):
                    typed = self._read()
                    if not typed:
                        self.send_message(TerminalGone())
                        return
                    for event in parser.feed(decode(typed)):
                        self.process_message(event)
                for event in parser.tick():
                    self.process_message(event)

    def _read(self) -> bytes:
        """Return what was typed, b"" where the terminal is gone."""
        try:
            return os.read(self.fileno, PART)
        except OSError:
            return b""
