"""A terminal's keys until it closes, which Textual's own driver does not notice."""

import os
import selectors
from codecs import getincrementaldecoder
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, TextIO

from textual._xterm_parser import XTermParser  # it has no public parser of bytes
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Key
from textual.keys import Keys
from textual.message import Message

from tui.text.terminal import DEVICE_REPLY, ORDER_REPLY

LOOK = 0.1  # s between checks that keys are still wanted
PART = 4_096  # bytes


class TerminalGone(Message):
    """The other end of the terminal is closed: no keys can come."""


class KeyParser(XTermParser):
    """Reads keys, and never takes a terminal's late answer for keys.

    Textual would press each letter of an unknown answer.
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
    """A file that drops output after the terminal is gone.

    Textual's writer thread would end at an error, and the loop wait for it for ever.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, text: str) -> None:
        with suppress(OSError):
            self._file.write(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._file.flush()

    def fileno(self) -> int:
        return self._file.fileno()


class TerminalDriver(LinuxDriver):
    """Reads keys as Textual does, and posts TerminalGone at the end of input.

    A terminal that does not control the process sends no SIGHUP. Bytes that are not
    UTF-8 become U+FFFD.
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
        try:
            return os.read(self.fileno, PART)
        except OSError:
            return b""
