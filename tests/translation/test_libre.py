"""A machine asked over HTTP, by a server that answers well, badly, or never."""

import gzip
import json
import os
from pathlib import Path

import pytest
from msgspec.structs import replace

from exchange.config import TranslatorConfig
from exchange.errors import FusionError, Reason, Refusal, Unreachable
from exchange.translation.libre import LibreTranslate
from tests.expecting import failing, refusing
from tests.translation.endpoint import (
    Answer,
    by,
    certificate,
    drip,
    say,
    serving,
    without_end,
)

SECONDS = 60
KEY = "0a1b-2c3d"


def settings(url: str, **changes: object) -> TranslatorConfig:
    found = TranslatorConfig(name="libretranslate", url=url, timeout_s=SECONDS)
    return replace(found, **changes)


def asked(
    url: str, folder: Path, texts: list[str] | None = None, **changes: object
) -> list[str]:
    machine = LibreTranslate(settings(url, **changes), folder)
    return machine.translate(texts or ["one", "two"], "en", "zh-Hans")


def test_the_question_and_the_answer(tmp_path: Path) -> None:
    with serving(by(lambda text: f"<{text}> 翻译")) as endpoint:
        found = asked(f"{endpoint.url}/mt/", tmp_path, ["گوادر", "two"])

        assert found == ["<گوادر> 翻译", "<two> 翻译"]
        ((path, fields, body),) = endpoint.asked
    assert path == "/mt/translate"
    assert fields["Content-Type"] == "application/json"
    assert body == {
        "q": ["گوادر", "two"],
        "source": "en",
        "target": "zh",
        "format": "text",
    }


def test_languages_go_by_the_names_that_the_settings_give(tmp_path: Path) -> None:
    with serving(by(str)) as endpoint:
        asked(endpoint.url, tmp_path, languages={"zh-Hans": "zh-CN", "en": "eng"})

        assert endpoint.asked[0][2]["source"] == "eng"
        assert endpoint.asked[0][2]["target"] == "zh-CN"


def test_the_key_comes_from_a_file_of_ours_alone(tmp_path: Path) -> None:
    path = tmp_path / "translator.key"
    path.write_text(f"{KEY}\n")
    path.chmod(0o600)
    with serving(by(str)) as endpoint:
        asked(endpoint.url, tmp_path, key="translator.key")
        assert endpoint.asked[0][2]["api_key"] == KEY

        path.chmod(0o640)
        with pytest.raises(Refusal, match=Reason.KEY_FILE):
            asked(endpoint.url, tmp_path, key="translator.key")
        path.chmod(0o600)
        path.write_bytes(b"\xff\x00")
        with pytest.raises(Refusal, match=Reason.KEY_FILE) as caught:
            asked(endpoint.url, tmp_path, key="translator.key")
        assert len(endpoint.asked) == 1
    assert KEY not in str(caught.value)


def test_a_long_bulletin_goes_there_and_back(tmp_path: Path) -> None:
    texts = ["گ" * 4_000] * 65
    with serving(by(str)) as endpoint:
        assert asked(endpoint.url, tmp_path, texts) == texts


TEXTS = b'{"translatedText": %b}'


@pytest.mark.parametrize("status", [204, 301, 302, 307, 308, 400, 403, 429, 500, 503])
def test_any_status_but_200_is_refused_and_no_redirect_followed(
    status: int, tmp_path: Path
) -> None:
    body = TEXTS % b'["a", "b"]' if status != 204 else b""
    with serving(say(status, body, Location="/translate")) as endpoint:
        with pytest.raises(Refusal) as caught:
            asked(endpoint.url, tmp_path)
        assert len(endpoint.asked) == 1  # and nothing was asked again
    assert caught.value.reason is Reason.MACHINE
    assert caught.value.where == f"translator: {status}"


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"\xff\xfe\x00", b"[" * 200_000, TEXTS % (b"1" * 9_999)],
    ids=["empty", "html", "bytes", "deep", "number"],
)
def test_what_is_no_json_is_refused(body: bytes, tmp_path: Path) -> None:
    with (
        serving(say(200, body)) as endpoint,
        refusing(Reason.MACHINE, "translator: answer"),
    ):
        asked(endpoint.url, tmp_path)


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"{}",
        b'{"error": "x"}',
        TEXTS % b'"a"',
        TEXTS % b'["a"]',
        TEXTS % b'["a", "b", "c"]',
        TEXTS % b'["a", null]',
        TEXTS % b'["a", ["b"]]',
        TEXTS % rb'["a", "\ud800"]',
    ],
)
def test_json_without_a_text_for_each_is_refused(body: bytes, tmp_path: Path) -> None:
    with (
        serving(say(200, body)) as endpoint,
        refusing(Reason.MACHINE, "translator: translatedText"),
    ):
        asked(endpoint.url, tmp_path)


def test_of_100_mb_no_more_is_read_than_may_be(tmp_path: Path) -> None:
    with (
        serving(without_end) as endpoint,
        refusing(Reason.MACHINE, "translator: answer"),
    ):
        asked(endpoint.url, tmp_path, timeout_s=60)


def test_an_answer_is_not_unpacked(tmp_path: Path) -> None:
    body = gzip.compress(TEXTS % b'["a", "b"]')
    with (
        serving(say(200, body, Content_Encoding="gzip")) as endpoint,
        pytest.raises(Refusal, match=Reason.MACHINE),
    ):
        asked(endpoint.url, tmp_path)


@pytest.mark.parametrize(
    "answer",
    [
        drip(b""),
        drip(b"HTTP/1.1 200 OK\r\n"),
        drip(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n"),
        drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
    ],
    ids=["status", "fields", "body", "chunks"],
)
@pytest.mark.timeout(50)  # it would last twice as long
def test_an_answer_that_never_ends_is_not_waited_for(
    answer: Answer, tmp_path: Path
) -> None:
    with serving(answer) as endpoint, failing(FusionError, Reason.MACHINE):
        asked(endpoint.url, tmp_path, timeout_s=1)


def test_who_says_nothing_is_said_to_be_silent(tmp_path: Path) -> None:
    with serving(drip(b"")) as endpoint, pytest.raises(Unreachable) as caught:
        asked(endpoint.url, tmp_path, timeout_s=1)
    assert "answer" in str(caught.value.why)


def test_what_is_not_http_is_refused(tmp_path: Path) -> None:
    with (
        serving(drip(b"SSH-2.0-x\r\n")) as endpoint,
        failing(FusionError, Reason.MACHINE),
    ):
        asked(endpoint.url, tmp_path)


def test_nobody_there_is_unreachable(tmp_path: Path) -> None:
    with serving(by(str)) as endpoint:
        gone = endpoint.url
    with failing(Unreachable, Reason.MACHINE) as caught:
        asked(gone, tmp_path)
    assert "check that the service is running" in str(caught.value.why)


def test_no_proxy_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(by(str)) as endpoint, serving(by(str)) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setitem(os.environ, name, proxy.url)
        asked(endpoint.url, tmp_path)
        assert (len(endpoint.asked), len(proxy.asked)) == (1, 0)


# TLS.


def test_the_certificate_is_verified(tmp_path: Path) -> None:
    own = certificate(tmp_path / "ca.pem", "127.0.0.1")
    with serving(by(str), tls=own) as endpoint:
        assert asked(endpoint.url, tmp_path, ca="ca.pem") == ["one", "two"]
        with refusing(Reason.MACHINE, "translator: TLS"):
            asked(endpoint.url, tmp_path)
        assert len(endpoint.asked) == 1


def test_a_certificate_for_another_host_is_refused(tmp_path: Path) -> None:
    own = certificate(tmp_path / "ca.pem", "127.0.0.2")
    with serving(by(str), tls=own) as endpoint:
        with pytest.raises(Refusal, match="TLS"):
            asked(endpoint.url, tmp_path, ca="ca.pem")
        assert not endpoint.asked


@pytest.mark.parametrize("data", [None, b"", b"no certificate"])
def test_an_authority_that_cannot_be_read_is_named(
    data: bytes | None, tmp_path: Path
) -> None:
    if data is not None:
        (tmp_path / "ca.pem").write_bytes(data)
    with pytest.raises(Refusal, match=r"ca\.pem: .*INPUT"):
        asked("https://127.0.0.1:9", tmp_path, ca="ca.pem")


def test_the_text_is_not_in_what_is_told(tmp_path: Path) -> None:
    with serving(say(200, json.dumps({"translatedText": "SECRET"}).encode())) as e:
        with pytest.raises(Refusal) as caught:
            asked(e.url, tmp_path, ["SECRET"])
        assert "SECRET" not in str(caught.value)
