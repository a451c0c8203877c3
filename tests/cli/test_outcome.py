"""What a command ends with where a node refused what it sent."""

import pytest

from exchange.bulletin.punctuation import COLON
from exchange.cli import desk_session
from exchange.desk.outgoing.result import Sent
from exchange.errors import TEXTS, Reason
from exchange.words import say, use

NODE = "beijing.cn"


def test_what_went_well_ends_with_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert desk_session.outcome(Sent(b"", "local"), NODE) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("lang", "reason", "said"),
    [
        ("en", "LABEL", "LABEL"),
        ("ur", "LABEL", "LABEL"),
        ("zh-Hans", "of a later node", "INTERNAL"),
    ],
)
def test_a_refusal_is_said_in_the_language_in_use(
    lang: str, reason: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    use(lang)

    assert desk_session.outcome(Sent(b"", "refused", reason), NODE) == 2
    text = say(TEXTS[Reason(said)])
    assert capsys.readouterr().err == f"{NODE}{COLON[lang]}{text}\n"
    assert (text == TEXTS[Reason(said)]) == (lang == "en")
