"""A client of machines with the HTTP interface of LibreTranslate.

    POST URL/translate  {"q": [...], "source", "target", "format": "text", "api_key"}
    200                 {"translatedText": [...]}

The entry point `libretranslate` of fusion.translators. No proxy, no redirects, a
bounded answer; verifies the certificate. (docs.libretranslate.com)
"""

import json
import queue
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import urllib3
from urllib3.exceptions import HTTPError, SSLError

from exchange.config import DeskHome, TranslatorConfig, read_api_key, short
from exchange.errors import FusionError, Reason, Refusal, Unreachable, Why
from exchange.limits import MACHINE_ANSWER_MAX

OK = 200
LANGUAGES = {"zh-Hans": "zh"}
"""Our tags -> its tags; newer editions accept zh as another name of zh-Hans."""

_SILENT = Why("it does not answer; check that the service is running, then try again")
_PIECE = 64 * 1024  # bytes read at a time


class LibreTranslate:
    def __init__(self, settings: TranslatorConfig, folder: Path) -> None:
        """Raise Refusal(KEY_FILE | INPUT)."""
        self._url = f"{settings.url.rstrip('/')}/translate"
        self._languages = {**LANGUAGES, **settings.languages}
        self._seconds = float(settings.timeout_s)
        self._key = read_api_key(DeskHome(folder), settings.key) if settings.key else ""
        self._pools = urllib3.PoolManager(
            ssl_context=_context(folder, settings.ca),
            timeout=urllib3.Timeout(connect=self._seconds, read=self._seconds),
            retries=False,  # and no redirects
        )

    def translate(self, texts: Sequence[str], source: str, target: str) -> list[str]:
        """Raise Refusal(MACHINE) for an answer of another form.

        Raises Unreachable(MACHINE) without an answer in time.
        """
        query: dict[str, object] = {
            "q": list(texts),
            "source": self._languages.get(source, source),
            "target": self._languages.get(target, target),
            "format": "text",
        }
        if self._key:
            query["api_key"] = self._key
        body = json.dumps(query, ensure_ascii=False).encode()
        answer = _within(self._seconds, lambda: self._post(body))
        return _texts(answer, len(texts))

    def _post(self, body: bytes) -> bytes:
        end = time.monotonic() + self._seconds
        try:
            response = self._pools.request(
                "POST",
                self._url,
                body=body,
                headers={"Content-Type": "application/json", "User-Agent": "fusion"},
                preload_content=False,
            )
            if response.status != OK:
                response.close()
                raise Refusal(Reason.MACHINE, f"translator: {response.status}")
            return _bounded(response, end)
        except SSLError:
            raise Refusal(Reason.MACHINE, "translator: TLS") from None
        except HTTPError:
            raise Unreachable("translator", Reason.MACHINE, _SILENT) from None


def _context(folder: Path, ca: str) -> ssl.SSLContext:
    if not ca:
        return ssl.create_default_context()
    path = folder / Path(ca).name
    try:
        return ssl.create_default_context(cafile=str(path))
    except OSError:
        raise Refusal(Reason.INPUT, short(path)) from None


def _bounded(response: urllib3.BaseHTTPResponse, end: float) -> bytes:
    body = b""
    while piece := response.read1(_PIECE, decode_content=False):
        body += piece
        if len(body) > MACHINE_ANSWER_MAX or time.monotonic() > end:
            response.close()  # with its connection: the rest may be endless
            raise Refusal(Reason.MACHINE, "translator: answer")
    response.release_conn()
    return body


def _within(seconds: float, call: Callable[[], bytes]) -> bytes:
    """Return the result, abandoned after `seconds`.

    A server may send its header letter by letter, each in time.
    """
    done: queue.SimpleQueue[bytes | Exception] = queue.SimpleQueue()

    def work() -> None:
        try:
            done.put(call())
        except Exception as error:  # noqa: BLE001  whoever waits must be answered
            done.put(error)

    threading.Thread(target=work, name="translator", daemon=True).start()
    try:
        result = done.get(timeout=seconds)
    except queue.Empty:
        why = Why("no whole answer in {n} s; try again later", n=f"{seconds:g}")
        raise Unreachable("translator", Reason.MACHINE, why) from None
    if isinstance(result, FusionError):
        raise result
    if isinstance(result, Exception):
        raise Refusal(Reason.MACHINE, "translator") from result
    return result


def _texts(answer: bytes, count: int) -> list[str]:
    try:
        found = json.loads(answer)
    except (ValueError, RecursionError):
        raise Refusal(Reason.MACHINE, "translator: answer") from None
    texts = found.get("translatedText") if isinstance(found, dict) else None
    if not isinstance(texts, list) or len(texts) != count:
        raise Refusal(Reason.MACHINE, "translator: translatedText")
    if not all(isinstance(text, str) and _is_text(text) for text in texts):
        raise Refusal(Reason.MACHINE, "translator: translatedText")
    return texts


def _is_text(text: str) -> bool:
    """Return whether UTF-8 can encode it: JSON can contain a lone surrogate."""
    return not any("\ud800" <= character <= "\udfff" for character in text)
