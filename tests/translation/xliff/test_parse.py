"""What comes back: the same as went out but for targets and states, or refused."""

import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from translate.storage.placeables import StringElem
from translate.storage.xliff2 import Xliff2File, Xliff2Unit

from exchange.bulletin.prose import nfc
from exchange.bulletin.translations import segments_of
from exchange.errors import Reason, Refusal
from exchange.limits import XLIFF_MAX
from exchange.translation.placeholders import locate_marks
from exchange.translation.xliff import Candidate, Returned, check, read, write
from exchange.v1 import bulletin_pb2 as pb
from tests.expecting import refused, refusing
from tests.translation.bulletins import (
    NAME,
    contents,
    translation,
    translations,
    warning,
)
from tests.translation.xliff.valid import validated

URDU = {
    "s0": "قافلہ تاخیر کا شکار",
    "s1": "قافلہ KKH-7 گوادر بندرگاہ سے 06:00Z پر ۱۲ گاڑیوں کے ساتھ روانہ ہوا۔",
    "s2": "یہ <نہیں> رکتا۔",
}


def sent(**texts: str) -> str:
    """The file that went out, with these targets."""
    done = translation(warning(), "ur", **texts)
    return write(warning(), done, "ur", name=NAME).decode()


def back(text: str) -> Returned:
    return check(read(text.encode()), warning(), NAME)


def changed(old: str, new: str, text: str = "", count: int = 1) -> str:
    text = text or sent(**URDU)
    assert old in text
    return text.replace(old, new, count)


# Round trips.


def test_a_translation_comes_back_as_it_went() -> None:
    found = back(sent(**URDU))

    assert (found.name, found.source_lang, found.lang) == (NAME, "en", "ur")
    assert {s.id: s.target.plain for s in found.segments} == URDU
    assert {s.state for s in found.segments} == {"TRANSLATED"}
    assert {s.origin for s in found.segments} == {"HUMAN"}
    assert found.segments[1].target.marks == {
        "m1": "KKH-7",
        "m2": "گوادر بندرگاہ",
        "m3": "06:00Z",
        "m4": "۱۲",
    }


@given(contents(), st.data())
def test_whatever_is_written_is_read_as_it_was(
    content: pb.Content, data: st.DataObject
) -> None:
    done = data.draw(translations(content))
    sources = segments_of(content)

    found = read(write(content, done, "zh-Hans", name=NAME))

    assert {s.id: s.source.plain for s in found.segments} == {
        i: nfc(s.text) for i, s in sources.items()
    }
    targets = {
        s.id: (nfc(s.text), s.state, s.origin, s.match)
        for s in done.segments
        if s.source != b"x" * 32
        and locate_marks(sources[s.id], s.text, "zh-Hans") is not None
    }
    assert {
        s.id: (s.target.plain, s.state, s.origin, s.match)
        for s in found.segments
        if s.target.plain
    } == targets


@given(contents())
def test_a_bulletin_without_targets_passes_its_own_check(content: pb.Content) -> None:
    data = write(content, None, "zh-Hans", name=NAME)

    found = check(read(data), content, NAME)

    assert not any(s.target.plain for s in found.segments)


def test_utf_16_and_pretty_modules_do_not_matter() -> None:
    text = sent(**URDU).replace('encoding="UTF-8"', 'encoding="UTF-16"')

    assert check(read(text.encode("utf-16")), warning(), NAME) == back(sent(**URDU))


def test_what_other_tools_add_is_passed_over() -> None:
    extra = '<t:x xmlns:t="urn:tool" t:y="1"><t:z/></t:x>'
    text = changed("<slr:profiles", f"{extra}<slr:profiles")
    text = changed("<segment ", f"{extra}<segment ", text, 3)

    assert back(text) == back(sent(**URDU))


# What the Translate Toolkit writes.


def opened(text: str) -> tuple[Xliff2File, dict[str, Xliff2Unit]]:
    """Their file, and its units by the id of ours."""
    store = Xliff2File.parsestring(text.encode())  # type: ignore[no-untyped-call]  # theirs
    return store, {unit.getid().partition("::")[0]: unit for unit in store.units}


def saved(store: Xliff2File) -> str:
    data = bytes(store)
    validated(data)
    return data.decode()


@given(contents(), st.data())
def test_what_another_tool_saves_unchanged_is_as_it_went(
    content: pb.Content, data: st.DataObject
) -> None:
    done = data.draw(translations(content))
    written = write(content, done, "zh-Hans", name=NAME)

    store, _ = opened(written.decode())

    assert read(saved(store).encode()) == read(written)


def test_a_translation_by_another_tool_is_read() -> None:
    store, units = opened(sent(s1=URDU["s1"]))
    units["s0"].target = "قافلہ دیر سے"
    units["s0"].markapproved()

    first, second, third = back(saved(store)).segments

    assert (first.target.plain, first.state) == ("قافلہ دیر سے", "REVIEWED")
    assert (second.target.plain, second.changed) == (URDU["s1"], False)
    assert (third.target.plain, third.state) == ("", "INITIAL")


def test_a_span_lost_in_another_tool_is_named() -> None:
    store, units = opened(sent(**URDU))
    units["s1"].rich_target = [StringElem("قافلہ روانہ ہوا۔")]

    assert refused(back, bytes(store).decode()) == (
        Reason.SPAN,
        "segments.s1.target.m1",
    )


@pytest.mark.parametrize(
    ("version", "said"), [("2.2", "2.2"), ("2.1&#10;evil", "?"), ("9" * 99, "?")]
)
def test_another_version_is_named(version: str, said: str) -> None:
    with pytest.raises(Refusal) as refusal:
        read(changed('version="2.1"', f'version="{version}"').encode(), "a.xlf")
    line = f"a.xlf: this is XLIFF {said}; only 2.1 can be read (INPUT)"
    assert str(refusal.value) == line


def test_a_file_of_its_own_is_of_no_bulletin() -> None:
    store = Xliff2File(sourcelanguage="en", targetlanguage="ur")
    store.addsourceunit("Convoy delayed")  # type: ignore[no-untyped-call]  # theirs

    assert refused(back, bytes(store).decode()) == (Reason.INPUT, "XLIFF")
    newer = bytes(store).decode().replace('version="2.0"', 'version="2.1"')
    assert refused(back, newer) == (Reason.FIELD_VALUE, "file.original")


# Where a text comes from.


@pytest.mark.parametrize(
    ("old", "new", "origin"),
    [
        ("", "", "MACHINE"),
        (' subState="fusion:machine"', "", "MACHINE"),
        ("fusion:machine", "fusion:human", "MACHINE"),
        (r"<mda:metadata>.*?</mda:metadata>", "", "MACHINE"),
        (r"fusion:machine|<mda:metadata>.*?</mda:metadata>", "", "HUMAN"),
    ],
)
def test_one_sign_of_a_machine_is_enough(old: str, new: str, origin: str) -> None:
    done = translation(warning(), "ur", s0=URDU["s0"])
    done.segments[0].origin = "MACHINE"
    text = write(warning(), done, "ur", name=NAME).decode()

    found = back(re.sub(old, new, text) if old else text)

    assert found.segments[0].origin == origin


@pytest.mark.parametrize(
    ("origin", "seen"), [("MACHINE", "MACHINE"), ("MEMORY", "MEMORY")]
)
def test_a_candidate_that_was_taken_keeps_its_origin(origin: str, seen: str) -> None:
    given = {"s0": [Candidate(URDU["s0"], origin, 90)]}
    text = write(warning(), None, "ur", name=NAME, suggestions=given).decode()
    taken = changed(
        "<source>Convoy delayed</source></segment>",
        f"<source>Convoy delayed</source><target>{URDU['s0']}</target></segment>",
        text,
    )
    worked = taken.replace(
        f"<target>{URDU['s0']}</target></seg", "<target>نیا</target></seg"
    )

    assert back(taken).segments[0].origin == seen
    assert back(worked).segments[0].origin == "HUMAN"


def test_a_match_counts_for_the_text_that_it_was_of() -> None:
    done = translation(warning(), "ur", s0=URDU["s0"])
    done.segments[0].origin, done.segments[0].match = "MEMORY", 92
    text = write(warning(), done, "ur", name=NAME).decode()

    assert back(text).segments[0].match == 92
    assert back(changed("شکار", "شکار ہے", text)).segments[0].match == 0
    assert back(changed(">92<", ">920<", text)).segments[0].match == 0


# What is refused.


CHANGES = [
    ('version="2.1"', 'version="2.2"', Reason.INPUT, "XLIFF"),
    ('version="2.1"', 'version="2.1&#10;evil"', Reason.INPUT, "XLIFF"),
    ('srcLang="en"', 'srcLang="ur"', Reason.LANGUAGE, "srcLang"),
    ('trgLang="ur"', 'trgLang="en"', Reason.LANGUAGE, "trgLang"),
    ('trgLang="ur"', 'trgLang="fr"', Reason.LANGUAGE, "trgLang"),
    ('trgLang="ur"', "", Reason.LANGUAGE, "trgLang"),
    (NAME.hex(), "ab" * 32, Reason.FIELD_VALUE, "file.original"),
    (
        "</file>",
        '</file><file id="x"><unit id="u"/></file>',
        Reason.FIELD_VALUE,
        "xliff.file",
    ),
    ("<unit id", "<group/><unit id", Reason.FIELD_UNKNOWN, "file.group"),
    ("<unit id", "<گروہ/><unit id", Reason.FIELD_UNKNOWN, "file.?"),
    ('<unit id="s2"', '<unit id="s9"', Reason.FIELD_UNKNOWN, "segments.s9"),
    ('<unit id="s2"', '<unit id="s1"', Reason.FIELD_VALUE, "segments.s1"),
    ('<unit id="s2"', '<unit id="&#x9b;2J"', Reason.FIELD_VALUE, "segments.?"),
    (
        "<segment ",
        "<ignorable/><segment ",
        Reason.FIELD_UNKNOWN,
        "segments.s0.ignorable",
    ),
    (
        "</segment>",
        "</segment><segment><source>x</source></segment>",
        Reason.FIELD_VALUE,
        "segments.s0.segment",
    ),
    ("<source>Convoy delayed</source>", "", Reason.FIELD_VALUE, "segments.s0.segment"),
    (
        "<source>Convoy delayed</source>",
        "<source>a</source>" * 2,
        Reason.FIELD_VALUE,
        "segments.s0.segment",
    ),
    (
        'state="translated"',
        'state="signed-off"',
        Reason.CODE_UNKNOWN,
        "segments.s0.state",
    ),
    (f"<target>{URDU['s0']}</target>", "", Reason.FIELD_MISSING, "segments.s0.target"),
    ("Convoy delayed", "Convoy lost", Reason.FIELD_VALUE, "segments.s0.source"),
    ("with <mrk", "without <mrk", Reason.FIELD_VALUE, "segments.s1.source"),
]


@pytest.mark.parametrize(
    ("text", "reason", "where"),
    [
        ("", Reason.INPUT, "XLIFF"),
        ("<html/>", Reason.INPUT, "XLIFF"),
        ("<!DOCTYPE x><x/>", Reason.INPUT, "XLIFF: DOCTYPE"),
        (
            '<xliff xmlns="urn:oasis:names:tc:xliff:document:1.2" version="1.2"/>',
            Reason.INPUT,
            "XLIFF",
        ),
        (changed(NAME.hex(), "ab" * 32, count=2), Reason.NOT_FOUND, "file.original"),
        (
            re.sub(r"<unit.*</unit>", "", sent(), flags=re.DOTALL),
            Reason.FIELD_MISSING,
            "segments.s0",
        ),
        *((changed(old, new), *how) for old, new, *how in CHANGES),
    ],
)
def test_what_is_not_of_this_bulletin_is_refused(
    text: str, reason: Reason, where: str
) -> None:
    assert refused(back, text) == (reason, where)


def test_another_edition_of_the_source_is_stale() -> None:
    older = warning()
    older.subject.text = "Convoy on time"
    text = write(older, translation(older, "ur", **URDU), "ur", name=NAME).decode()

    assert refused(back, text) == (Reason.STALE, "segments.s0.source")


TARGET = r"<target>[^<]*<mrk.*?</target>"


@pytest.mark.parametrize(
    ("target", "where"),
    [
        ("قافلہ روانہ ہوا۔", "m1"),
        ("{m2}{m3}{m4}ہوا", "m1"),
        ("{m1}{m2}{m3}{m3}{m4}ہوا", "m3"),
        ('{m1}{m2}{m3}{m4}<mrk id="m5">ہوا</mrk>', "mrk"),
        ('{m1}{m2}{m3}<mrk id="m4"/>ہوا', "m4"),
        ('<mrk id="m1">KKH-8</mrk>{m2}{m3}{m4}ہوا', "m1"),
        (
            '{m1}{m2}{m3}{m4}<mrk id="x y&#10;">ہوا</mrk><mrk id="x y&#10;">ہوا</mrk>',
            "?",
        ),
    ],
)
def test_a_span_lost_doubled_or_changed_is_named(target: str, where: str) -> None:
    marked = {
        f"m{i}": f'<mrk id="m{i}">{text}</mrk>'
        for i, text in enumerate(("KKH-7", "گوادر", "06:00Z", "12"), 1)
    }
    text = re.sub(TARGET, f"<target>{target.format(**marked)}</target>", sent(**URDU))

    assert refused(back, text) == (Reason.SPAN, f"segments.s1.target.{where}")


def test_a_span_lost_from_the_source_is_named() -> None:
    text = re.sub(
        r"<source>Convoy <mrk[^>]*>KKH-7</mrk>", "<source>Convoy KKH-7", sent()
    )

    assert refused(back, text) == (Reason.SPAN, "segments.s1.source.m1")


@pytest.mark.parametrize(
    ("inline", "reason", "shown"),
    [
        ('<ph id="1"/>', Reason.FIELD_UNKNOWN, "ph"),
        ('<pc id="1">x</pc>', Reason.FIELD_UNKNOWN, "pc"),
        ('<sm id="1"/><em startRef="1"/>', Reason.FIELD_UNKNOWN, "sm"),
        ('<b xmlns="http://www.w3.org/1999/xhtml">x</b>', Reason.FIELD_UNKNOWN, "b"),
        ('<cp hex="00"/>', Reason.FIELD_VALUE, "cp"),
        ('<cp hex="D800"/>', Reason.FIELD_VALUE, "cp"),
        ('<cp hex="110000"/>', Reason.FIELD_VALUE, "cp"),
        ("<cp/>", Reason.FIELD_VALUE, "cp"),
        ('<cp hex="0041"><cp hex="0041"/></cp>', Reason.FIELD_UNKNOWN, "cp"),
        ('<mrk id="a"><mrk id="b">x</mrk></mrk>', Reason.FIELD_UNKNOWN, "mrk"),
    ],
)
def test_other_inline_elements_are_refused(
    inline: str, reason: Reason, shown: str
) -> None:
    text = changed(URDU["s0"], URDU["s0"] + inline)

    assert refused(back, text) == (reason, f"segments.s0.target.{shown}")


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("ت" * 201, Reason.TOO_LONG),
        ("Convoy delayed", Reason.LANGUAGE),
        ("قافلہ\u202e", Reason.FIELD_VALUE),
        ("قافلہ\u200b", Reason.FIELD_VALUE),
        ('قافلہ<cp hex="001B"/>', Reason.FIELD_VALUE),
        ('قافلہ<cp hex="0000"/>', Reason.FIELD_VALUE),
    ],
)
def test_a_target_is_checked_like_any_input(target: str, reason: Reason) -> None:
    assert refused(back, changed(URDU["s0"], target)) == (reason, "segments.s0.target")


def test_a_target_comes_in_its_normal_form() -> None:
    decomposed = "قافلہ آ\u0627\u0653"

    found = back(changed(URDU["s0"], decomposed))

    assert found.segments[0].target.plain == nfc(decomposed) != decomposed


def test_length_and_number_of_segments_are_bounded() -> None:
    with refusing(where="letter.xlf", match=Reason.TOO_LONG):
        read(b" " * (XLIFF_MAX + 1), "letter.xlf")
    unit = '<unit id="u{}"><segment><source>x</source></segment></unit>'
    many = "".join(unit.format(i) for i in range(66))

    text = re.sub(r"<unit.*</unit>", many, sent(), flags=re.DOTALL)

    assert refused(back, text) == (Reason.TOO_LONG, "segments")


@given(st.data())
def test_no_damage_is_anything_but_a_refusal(data: st.DataObject) -> None:
    whole = sent(**URDU)
    place = data.draw(st.integers(0, len(whole) - 1))
    piece = data.draw(st.sampled_from(["", "<", ">", '"', "&", "x", "<mrk>", "\x00"]))

    with suppress(Refusal):
        back(whole[:place] + piece + whole[place + 1 :])
