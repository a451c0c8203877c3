"""What may go to a machine, and what of its answer counts."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from msgspec.structs import replace

from exchange.config import TranslatorConfig
from exchange.errors import Reason, Refusal
from exchange.translation.libre import LibreTranslate
from exchange.translation.machine import gate, load, translate_segments
from exchange.v1 import bulletin_pb2 as pb
from exchange.v1 import envelope_pb2 as env
from tests.expecting import refusing
from tests.translation.bulletins import pieces, segment, segments, warning

SETTINGS = TranslatorConfig(
    name="libretranslate",
    url="https://mt.example.pk:5000/",
    hosts=("mt.example.pk",),
    tlp="GREEN",
    domain="pk",
    caveats=("PROTECT_SOURCE",),
)


def core(
    tlp: env.Tlp.ValueType = env.TLP_GREEN, caveats: Sequence[str] = ()
) -> env.Core:
    return env.Core(tlp=tlp, releasable_to=["cn", "pk"], caveats=caveats)


def refused(settings: TranslatorConfig | None, header: env.Core) -> tuple[Reason, str]:
    with pytest.raises(Refusal) as caught:
        gate(settings, header)
    assert caught.value.why, caught.value.where  # what to do
    return caught.value.reason, caught.value.where


# The gate.


def test_what_the_settings_allow_passes_in_every_mode() -> None:
    for mode in env.Mode.values():
        header = core(env.TLP_CLEAR, ["PROTECT_SOURCE"])
        header.mode = mode
        assert gate(SETTINGS, header) is SETTINGS
    assert gate(SETTINGS, core()) is SETTINGS


def test_it_is_off_unless_it_is_set_with_a_ceiling() -> None:
    assert refused(None, core()) == (Reason.MACHINE, "translator")
    off = replace(SETTINGS, tlp="")
    assert refused(off, core(env.TLP_CLEAR)) == (Reason.MACHINE, "translator")


@pytest.mark.parametrize(
    "url",
    [
        "http://mt.example.pk/",
        "http://10.0.0.1/",
        "http://localhost.example.pk/",
        "http://127.0.0.1.example.pk/",
        "ftp://mt.example.pk/",
        "file:///etc/passwd",
        "https:///translate",
        "https://user@mt.example.pk/",
        "https://mt.example.pk:0/",
        "https://mt.example.pk:x/",
        "https://mt.example.pk/?q=1",
        "https://mt.example.pk/#x",
        "https://[::1/",
        "mt.example.pk",
        "",
    ],
)
def test_a_url_that_is_not_safe_is_refused(url: str) -> None:
    given_ = replace(SETTINGS, url=url, hosts=("mt.example.pk", "10.0.0.1", ""))

    assert refused(given_, core()) == (Reason.FIELD_VALUE, "translator.url")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.0.1", "[::1]", "localhost"])
def test_on_this_machine_http_does(host: str) -> None:
    url = f"http://{host}:5000"

    assert (
        gate(replace(SETTINGS, url=url, hosts=(host.strip("[]"),)), core()).url == url
    )


@pytest.mark.parametrize(
    "hosts", [(), ("example.pk",), ("mt.example.pk.evil",), ("*",)]
)
def test_a_host_that_is_not_listed_is_refused(hosts: tuple[str, ...]) -> None:
    reason, where = refused(replace(SETTINGS, hosts=hosts), core())

    assert (reason, where) == (Reason.MACHINE, "translator.hosts: mt.example.pk")


@pytest.mark.parametrize(
    ("ceiling", "passing"),
    [
        ("CLEAR", [env.TLP_CLEAR]),
        ("GREEN", [env.TLP_CLEAR, env.TLP_GREEN]),
        ("AMBER", [env.TLP_CLEAR, env.TLP_GREEN, env.TLP_AMBER]),
        (
            "AMBER_STRICT",
            [env.TLP_CLEAR, env.TLP_GREEN, env.TLP_AMBER, env.TLP_AMBER_STRICT],
        ),
    ],
)
def test_nothing_above_the_ceiling_passes(
    ceiling: str, passing: list[env.Tlp.ValueType]
) -> None:
    settings = replace(SETTINGS, tlp=ceiling)
    for tlp in env.Tlp.values():
        if tlp in passing:
            assert gate(settings, core(tlp)) is settings
        else:
            assert refused(settings, core(tlp)) == (
                Reason.NOT_RELEASABLE,
                "label.tlp",
            )


@pytest.mark.parametrize("ceiling", ["RED", "UNSPECIFIED", "green", "ALL"])
def test_a_ceiling_that_is_none_is_refused(ceiling: str) -> None:
    settings = replace(SETTINGS, tlp=ceiling)

    assert refused(settings, core()) == (Reason.FIELD_VALUE, "translator.tlp")


@pytest.mark.parametrize("domain", ["", "fr", "PK", "p"])
def test_it_must_be_releasable_to_whose_machine_it_is(domain: str) -> None:
    reason, where = refused(replace(SETTINGS, domain=domain), core())

    assert (reason, where) == (Reason.NOT_RELEASABLE, "label.releasable_to")


@pytest.mark.parametrize("caveat", ["NO_MACHINE_TRANSLATION", "DUTY_DESK_ONLY"])
def test_a_caveat_that_is_not_allowed_is_refused(caveat: str) -> None:
    allowed = replace(SETTINGS, caveats=("PROTECT_SOURCE", "NO_MACHINE_TRANSLATION"))

    assert refused(allowed, core(env.TLP_CLEAR, ["PROTECT_SOURCE", caveat])) == (
        Reason.NOT_RELEASABLE,
        f"label.caveats: {caveat}",
    )


# The plug.


def test_the_shipped_adapter_is_found_by_its_name(tmp_path: Path) -> None:
    assert isinstance(load(SETTINGS, tmp_path), LibreTranslate)
    with refusing(Reason.MACHINE, "translator.name: other"):
        load(replace(SETTINGS, name="other"), tmp_path)


SAID = "译文" * 40  # enough that the script is Chinese


class Machine:
    """Notes what it is asked, and says what it is told to."""

    def __init__(self, *answers: str) -> None:
        self.answers = answers
        self.asked: list[tuple[list[str], str, str]] = []

    def translate(self, texts: Sequence[str], source: str, target: str) -> list[str]:
        self.asked.append((list(texts), source, target))
        return list(self.answers or [f"{SAID} {text}" for text in texts])


def test_what_is_protected_does_not_leave_and_comes_back() -> None:
    machine = Machine()
    content = warning()

    found = translate_segments(machine, [content.subject, *content.segments], "zh-Hans")

    ((texts, source, target),) = machine.asked
    assert (source, target) == ("en", "zh-Hans")
    assert texts[1] == "Convoy XQ1Z left XQ2Z at XQ3Z with XQ4Z vehicles."
    assert found["s0"] == f"{SAID} Convoy delayed"
    assert found["s1"] == (
        f"{SAID} Convoy KKH-7 left 瓜达尔港 at 06:00Z with 12 vehicles."
    )


@pytest.mark.parametrize(
    ("kind", "text", "value", "said"),
    [
        ("NUMBER", "two", "2", "2"),
        ("NUMBER", "12", "12", "12"),
        ("DATE", "26 November", "--11-26", "26 November"),
        ("DATE", "26 November 2026", "2026-11-26", "2026-11-26"),
        ("CODE", "ROUND-4", "ROUND-4", "ROUND-4"),
        ("PLACE", "Sost", "SOST", "苏斯特旱港"),
        ("PLACE", "Dasu", "", "达苏"),
        ("PLACE", "Dasu", "DASU-HPP", "达苏水电站"),
        ("NUMBER", "two three", "", "two three"),
        ("PLACE", "the bridge", "NO-SUCH-PLACE", "the bridge"),
        ("NUMBER", "some", "", "some"),
    ],
)
def test_what_comes_back_can_be_read_in_the_language(
    kind: str, text: str, value: str, said: str
) -> None:
    one = segment("s1", f"There: {text}.", (kind, text))
    one.spans[0].value = value

    assert translate_segments(Machine(), [one], "zh-Hans") == {
        "s1": f"{SAID} There: {said}."
    }


def test_a_placeholder_that_the_text_has_already_is_another() -> None:
    machine = Machine()
    one = segment("s1", "XQ1Z and XQQ 42", ("NUMBER", "42"))

    assert translate_segments(machine, [one], "zh-Hans") == {
        "s1": f"{SAID} XQ1Z and XQQ 42"
    }
    assert machine.asked[0][0] == ["XQ1Z and XQQ XQQQ1Z"]


def test_each_language_is_asked_for_itself_and_the_target_s_own_not_at_all() -> None:
    machine = Machine()
    asked = [
        segment("s0", "راستہ بند", lang="ur"),
        segment("s1", "Road closed"),
        segment("s2", "道路封闭", lang="zh-Hans"),
        segment("s3", "پل کھلا", lang="ur"),
    ]

    found = translate_segments(machine, asked, "zh-Hans")

    assert [(s, len(t)) for t, s, _ in machine.asked] == [("en", 1), ("ur", 2)]
    assert list(found) == ["s0", "s1", "s3"]
    assert found["s3"] == f"{SAID} پل کھلا"


@pytest.mark.parametrize(
    ("answer", "where"),
    [
        ("车队出发", "segments.s1.m1"),
        ("车队 XQ1Z XQ1Z", "segments.s1.m1"),
        ("车队 xq1z", "segments.s1.m1"),
        ("车队 XQ 1Z", "segments.s1.m1"),
        ("车队 XQ1Z\u202e", "segments.s1"),
        ("车队 XQ1Z\u200b", "segments.s1"),
        ("车队 XQ1Z\x1b[2J", "segments.s1"),
        ("车队 XQ1Z\x00", "segments.s1"),
        ("Convoy XQ1Z has left", "segments.s1"),
        ("车" * 4_000 + "XQ1Z", "segments.s1"),
        ("", "segments.s1.m1"),
    ],
)
def test_an_answer_that_is_not_usable_is_refused(answer: str, where: str) -> None:
    one = segment("s1", "Convoy KKH-7 has left.", ("CODE", "KKH-7"))

    with refusing(Reason.MACHINE, where):
        translate_segments(Machine(answer), [one], "zh-Hans")


@pytest.mark.parametrize("answers", [["译"], ["译", "译", "译"]])
def test_as_many_answers_as_questions(answers: list[str]) -> None:
    asked = [segment("s0", "a"), segment("s1", "b")]

    with pytest.raises(Refusal, match=Reason.MACHINE):
        translate_segments(Machine(*answers), asked, "zh-Hans")


@given(segments("s1", "ab XQZ1 <&> گ 12"), pieces("译文"))
def test_a_machine_that_keeps_all_gives_all_back(one: pb.Segment, said: str) -> None:
    """Whatever the spans are; the placeholders are the machine's whole job here."""
    one.lang = "en"
    for span in one.spans:  # "two" may become 2; here the texts have to stay
        span.ClearField("value")
    text = one.text

    class Keeps:
        def translate(self, texts: Sequence[str], *_: str) -> list[str]:
            return [f"{SAID}{said}{texts[0]}"]

    found = translate_segments(Keeps(), [one], "zh-Hans")

    assert found["s1"] == f"{SAID}{said}{text}"
