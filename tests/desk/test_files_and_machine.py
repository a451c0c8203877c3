"""Files for translators and a machine's texts, at Beijing, of Islamabad's bulletins."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from exchange.config import TranslatorConfig
from exchange.desk.client import Desk
from exchange.desk.translation import files_and_machine, terms
from exchange.desk.translation.files_and_machine import ImportedTexts
from exchange.desk.translation.pending_translation import PendingTranslation, Put
from exchange.errors import Reason
from exchange.translation.xliff import read
from exchange.v1 import bulletin_pb2
from exchange.v1 import envelope_pb2 as pb
from tests.desk.bench import CHINA, Bench, refers
from tests.desk.officers import colleagues
from tests.expecting import refused
from tests.node.world import CN
from tests.translation.endpoint import by, say, serving
from tests.translation.xliff.valid import validated

TEXTS = {"s0": "车队延误", "s1": "车队全部延误。"}
ZH = "zh-Hans"


@pytest.fixture
def other(bench: Bench) -> Iterator[Desk]:
    """A second officer at Beijing."""
    with colleagues(bench, CN) as desks:
        yield desks[0]


def filled(data: bytes, *, state: str = "translated", **texts: str) -> bytes:
    """The file as a translator returns it."""
    out = data.decode()
    for segment in read(data).segments:
        if segment.id not in texts:
            continue
        head, mark, tail = out.partition(f'<unit id="{segment.id}"')
        unit, end, rest = tail.partition("</unit>")
        if segment.target.plain:
            unit = unit.replace(segment.target.plain, texts[segment.id])
        else:
            target = f"<target>{texts[segment.id]}</target></segment>"
            unit = unit.replace("</segment>", target)
        unit = unit.replace('state="initial"', f'state="{state}"')
        out = head + mark + unit + end + rest
    return out.encode()


def states(desk: Desk, name: bytes) -> dict[str, tuple[str, str]]:
    work = PendingTranslation(desk, name, ZH).current()
    return {s.id: (s.text, s.state) for s in work.segments}


# Out.


def test_a_bulletin_goes_out_with_its_label_and_what_helps(bench: Bench) -> None:
    name = bench.deliver()
    PendingTranslation(bench.cn, name, ZH).put({"s0": Put("车队延误")})

    root = validated(
        files_and_machine.export(bench.cn, name, ZH, {"s1": "全部车队延误。"})
    )

    notes = {n.get("category"): n.text for n in root.iter("{*}note")}
    assert notes["label"].startswith("TLP:")
    assert notes["label"].split()[1:] == ["cn", "pk"]
    assert notes["kind"].split()[1:] == ["PRIORITY", "TEST"]
    assert [t.text for t in root.iter("{*}segment/{*}target")] == []
    assert [
        s.find("{*}target").text for s in root.iter("{*}segment") if len(s) > 1
    ] == ["车队延误"]
    (match,) = root.iter("{*}match")
    assert (match.get("type"), match.find("{*}target").text) == ("mt", "全部车队延误。")


@pytest.mark.parametrize(
    ("tlp", "known"), [("GREEN", True), ("AMBER", True), ("RED", False)]
)
def test_agreed_terms_go_out_no_further_than_their_own_label(
    bench: Bench, tlp: str, *, known: bool
) -> None:
    name = bench.deliver()  # AMBER
    secret = bulletin_pb2.Term(id="delay", domain="GENERAL")
    for lang, text in (("en", "delayed"), ("ur", "مؤخر"), ("zh-Hans", "误点")):
        secret.forms.add(lang=lang, text=text, status="PREFERRED")
    told = terms.publish(bench.pk, [secret], 1, [CHINA.desk], tlp)
    bench.meet()
    bench.cn.acknowledge(told.name, pb.RELATION_ACKNOWLEDGED)
    bench.meet()
    assert terms.glossary(bench.cn).version == 1
    data = files_and_machine.export(bench.cn, name, ZH).decode()
    assert ("误点" in data) is known
    assert ("车队" in data) is not known, "what the program ships goes anywhere"


@pytest.mark.parametrize(
    ("domains", "caveats", "where"),
    [
        (["pk"], [], "label.releasable_to: ops.beijing.cn"),
        (["cn", "pk"], ["DUTY_DESK_ONLY"], "label.caveats: DUTY_DESK_ONLY"),
    ],
)
def test_what_must_not_leave_the_desk_is_refused(
    domains: list[str], caveats: list[str], where: str
) -> None:
    core = pb.Core(releasable_to=domains, caveats=caveats)

    found = refused(files_and_machine.check_export, core, "ops.beijing.cn")

    assert found == (Reason.NOT_RELEASABLE, where)


def test_what_a_person_must_confirm() -> None:
    assert files_and_machine.is_grave(pb.Core(tlp=pb.TLP_RED))
    assert files_and_machine.is_grave(pb.Core(caveats=["ORIGINATOR_CONTROLLED"]))
    assert not files_and_machine.is_grave(pb.Core(tlp=pb.TLP_AMBER_STRICT))


def said_of(bench: Bench, relation: str, name: bytes, **changes: object) -> None:
    """What Islamabad says of its bulletin."""
    bench.deliver("Convoy delayed", references=refers(relation, name), **changes)


STRICTER = {"tlp": "RED", "releasable_to": ["cn", "pk"]}


def test_what_was_narrowed_goes_out_by_the_label_in_force(bench: Bench) -> None:
    name = bench.deliver()
    assert not files_and_machine.is_grave(
        files_and_machine.leaving(bench.cn, name, ZH).label
    )
    said_of(bench, "NARROWS", name, label=STRICTER)

    assert files_and_machine.is_grave(
        files_and_machine.leaving(bench.cn, name, ZH).label
    )
    root = validated(files_and_machine.export(bench.cn, name, ZH))
    notes = {n.get("category"): n.text for n in root.iter("{*}note")}
    assert notes["label"] == "TLP:RED cn pk"


def test_what_was_narrowed_to_the_duty_desk_does_not_go_out(bench: Bench) -> None:
    name = bench.deliver()
    kept = STRICTER | {"caveats": ["DUTY_DESK_ONLY"]}
    said_of(bench, "NARROWS", name, label=kept)

    found = refused(files_and_machine.export, bench.cn, name, ZH)

    assert found == (Reason.NOT_RELEASABLE, "label.caveats: DUTY_DESK_ONLY")


TAKEN_BACK: dict[str, Callable[[Bench, bytes], object]] = {
    "RECALLED": lambda b, n: b.pk.recall(n, "PERSONAL_DATA", instruction="DESTROY"),
    "CORRECTED": lambda b, n: said_of(b, "CORRECTS", n),
    "SUPERSEDED": lambda b, n: said_of(b, "SUPERSEDES", n),
}


@pytest.mark.parametrize("stands", TAKEN_BACK)
def test_what_stands_no_longer_is_not_given_to_translate(
    bench: Bench, tmp_path: Path, stands: str
) -> None:
    name = bench.deliver()
    TAKEN_BACK[stands](bench, name)
    bench.meet()
    expected = (Reason.STALE, f"{name.hex()[:16]}: {stands}")

    for desk in (bench.pk, bench.cn):
        assert refused(files_and_machine.export, desk, name, ZH) == expected
    with serving(by(str)) as endpoint:
        where = settings(endpoint.url)
        found = refused(files_and_machine.ask, bench.cn, name, ZH, where, tmp_path)
        assert found == expected
        assert not endpoint.asked


# In.


def test_a_translation_goes_round_by_file(bench: Bench) -> None:
    name = bench.deliver()
    data = filled(files_and_machine.export(bench.cn, name, ZH), **TEXTS)
    assert bench.cn.mailbox.pending_translations.get(name, ZH) is None, "not kept"

    taken = files_and_machine.take(bench.cn, data)

    assert taken == ImportedTexts(name, ZH, ("s0", "s1"), (), ("s0", "s1"))
    assert states(bench.cn, name) == {i: (t, "TRANSLATED") for i, t in TEXTS.items()}
    work = PendingTranslation(bench.cn, name, ZH).current()
    assert (work.translator, work.origin) == ("duty-1@ops.beijing.cn", "HUMAN")
    PendingTranslation(bench.cn, name, ZH).send()
    bench.meet()
    assert len(bench.pk.mailbox.translations.of(name)) == 1


@pytest.mark.parametrize("state", ["reviewed", "final"])
def test_no_file_reviews(bench: Bench, state: str) -> None:
    name = bench.deliver()
    data = filled(files_and_machine.export(bench.cn, name, ZH), state=state, **TEXTS)

    files_and_machine.take(bench.cn, data)

    assert {s for _, s in states(bench.cn, name).values()} == {"TRANSLATED"}
    assert PendingTranslation(bench.cn, name, ZH).current().reviewer == ""


def test_a_text_that_a_check_stands_against_stays_initial(bench: Bench) -> None:
    name = bench.deliver()
    texts = TEXTS | {"s1": "车队 400 辆全部延误。"}
    data = filled(files_and_machine.export(bench.cn, name, ZH), **texts)

    taken = files_and_machine.take(bench.cn, data)

    assert (taken.put, taken.translated) == (("s0", "s1"), ("s0",))
    assert states(bench.cn, name)["s1"] == (texts["s1"], "INITIAL")


def test_what_nobody_wrote_changes_nothing(bench: Bench, other: Desk) -> None:
    name = bench.deliver()
    made = PendingTranslation(bench.cn, name, ZH)
    made.put({i: Put(t) for i, t in TEXTS.items()})
    made.advance("TRANSLATED")
    PendingTranslation(other, name, ZH).advance("REVIEWED")
    data = files_and_machine.export(other, name, ZH)
    before = bench.cn.mailbox.pending_translations.get(name, ZH)

    taken = files_and_machine.take(other, data)

    assert taken == ImportedTexts(name, ZH, (), (), ())
    assert bench.cn.mailbox.pending_translations.get(name, ZH) == before


def test_an_old_file_does_not_undo_what_was_done_here_since(bench: Bench) -> None:
    name = bench.deliver()
    PendingTranslation(bench.cn, name, ZH).put({"s0": Put("车队晚点")})
    old = files_and_machine.export(bench.cn, name, ZH)
    PendingTranslation(bench.cn, name, ZH).put({"s0": Put("车队延误")})

    assert files_and_machine.take(bench.cn, old).put == ()
    assert states(bench.cn, name)["s0"][0] == "车队延误"

    taken = files_and_machine.take(bench.cn, filled(old, s0="车队推迟"))
    assert (taken.put, taken.over) == (("s0",), ("s0",))
    assert states(bench.cn, name)["s0"][0] == "车队推迟"


def test_another_officer_answers_for_all_that_the_file_says(
    bench: Bench, other: Desk
) -> None:
    name = bench.deliver()
    made = PendingTranslation(bench.cn, name, ZH)
    made.put({i: Put(t) for i, t in TEXTS.items()})
    made.advance("TRANSLATED")
    data = filled(files_and_machine.export(other, name, ZH), s1="车队均延误。")

    taken = files_and_machine.take(other, data)

    assert (taken.put, taken.translated) == (("s1",), ("s0", "s1"))
    assert made.current().translator == other.officer.name


def test_only_its_translator_says_by_file_that_a_text_is_translated(
    bench: Bench, other: Desk
) -> None:
    name = bench.deliver()
    PendingTranslation(bench.cn, name, ZH).put({i: Put(t) for i, t in TEXTS.items()})
    data = filled(files_and_machine.export(bench.cn, name, ZH), **TEXTS)

    assert files_and_machine.take(other, data) == ImportedTexts(name, ZH, (), (), ())
    assert {s for _, s in states(bench.cn, name).values()} == {"INITIAL"}
    taken = files_and_machine.take(bench.cn, data)
    assert taken == ImportedTexts(name, ZH, (), (), ("s0", "s1"))


def test_a_machine_s_text_stays_one_on_its_way_round(bench: Bench) -> None:
    name = bench.deliver()
    data = files_and_machine.export(bench.cn, name, ZH, TEXTS)

    files_and_machine.take(bench.cn, filled(data, **TEXTS))

    assert PendingTranslation(bench.cn, name, ZH).current().origin == "MACHINE"


@pytest.mark.parametrize("fault", ["source", "alien", "span", "segment", "script"])
def test_a_file_that_is_refused_leaves_nothing(bench: Bench, fault: str) -> None:
    name = bench.deliver()
    data = filled(files_and_machine.export(bench.cn, name, ZH), **TEXTS)
    made = {
        "source": (b"Convoy delayed<", b"Convoy lost<"),
        "alien": (name.hex().encode(), b"ab" * 32),
        "span": (TEXTS["s1"].encode(), b'<mrk id="m1">x</mrk>'),
        "segment": (b'<unit id="s1"', b'<unit id="s7"'),
        "script": (TEXTS["s1"].encode(), b"All of the convoy is late."),
    }
    old, new = made[fault]
    assert old in data

    reason, where = refused(files_and_machine.take, bench.cn, data.replace(old, new))

    assert (reason, where) in {
        (Reason.FIELD_VALUE, "segments.s0.source"),
        (Reason.NOT_FOUND, "abababababababab"),
        (Reason.SPAN, "segments.s1.target.mrk"),
        (Reason.FIELD_UNKNOWN, "segments.s7"),
        (Reason.LANGUAGE, "segments.s1.target"),
    }
    assert bench.cn.mailbox.pending_translations.get(name, ZH) is None


# A machine.


def settings(url: str) -> TranslatorConfig:
    return TranslatorConfig(
        name="libretranslate", url=url, hosts=("127.0.0.1",), tlp="AMBER", domain="cn"
    )


def test_a_machine_is_asked_for_what_is_missing(bench: Bench, tmp_path: Path) -> None:
    name = bench.deliver()
    PendingTranslation(bench.cn, name, ZH).put({"s0": Put("车队延误")})
    with serving(by(lambda _: TEXTS["s1"])) as endpoint:
        found = files_and_machine.ask(
            bench.cn, name, ZH, settings(endpoint.url), tmp_path
        )
        assert [asked["q"] for *_, asked in endpoint.asked] == [
            ["Convoy delayed, in full."]
        ]

    files_and_machine.take_machine(bench.cn, name, ZH, found)

    assert found == {"s1": TEXTS["s1"]}
    work = PendingTranslation(bench.cn, name, ZH).current()
    assert [(s.origin, s.state) for s in work.segments] == [
        ("HUMAN", "INITIAL"),
        ("MACHINE", "INITIAL"),
    ]


def test_those_that_are_named_are_asked_for_anew(bench: Bench, tmp_path: Path) -> None:
    name = bench.deliver()
    PendingTranslation(bench.cn, name, ZH).put({i: Put(t) for i, t in TEXTS.items()})
    with serving(by(lambda _: "车队推迟")) as endpoint:
        where = settings(endpoint.url)
        assert not files_and_machine.ask(bench.cn, name, ZH, where, tmp_path)
        assert not endpoint.asked, "all is there"
        found = files_and_machine.ask(bench.cn, name, ZH, where, tmp_path, ["s0"])
        assert found == {"s0": "车队推迟"}
        unknown = refused(
            files_and_machine.ask, bench.cn, name, ZH, where, tmp_path, ["s9"]
        )
        assert unknown == (Reason.FIELD_UNKNOWN, "--segment")
        assert len(endpoint.asked) == 1


@pytest.mark.parametrize("fault", ["off", "host", "tlp", "domain"])
def test_nothing_is_sent_where_the_gate_refuses(
    bench: Bench, tmp_path: Path, fault: str
) -> None:
    name = bench.deliver()
    with serving(by(str)) as endpoint:
        changed = {
            "off": {"tlp": ""},
            "host": {"hosts": ("localhost",)},
            "tlp": {"tlp": "CLEAR"},
            "domain": {"domain": "fr"},
        }[fault]
        shut = replace(settings(endpoint.url), **changed)  # type: ignore[arg-type]
        reason, _ = refused(files_and_machine.ask, bench.cn, name, ZH, shut, tmp_path)
        assert not endpoint.asked
    assert reason in {Reason.MACHINE, Reason.NOT_RELEASABLE}


def test_what_was_narrowed_since_is_not_sent(bench: Bench, tmp_path: Path) -> None:
    name = bench.deliver()
    said_of(bench, "NARROWS", name, label=STRICTER)
    with serving(by(str)) as endpoint:
        where = settings(endpoint.url)
        found = refused(files_and_machine.ask, bench.cn, name, ZH, where, tmp_path)
        assert not endpoint.asked
    assert found == (Reason.NOT_RELEASABLE, "label.tlp")


def test_an_answer_that_is_refused_leaves_nothing(bench: Bench, tmp_path: Path) -> None:
    name = bench.deliver()
    with serving(say(200, b'{"translatedText": ["x"]}')) as endpoint:
        where = settings(endpoint.url)
        reason, _ = refused(files_and_machine.ask, bench.cn, name, ZH, where, tmp_path)
    assert reason is Reason.MACHINE
    assert bench.cn.mailbox.pending_translations.get(name, ZH) is None
