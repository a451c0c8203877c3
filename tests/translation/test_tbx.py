"""The glossary as TBX: valid, read back the same, and whatever a stranger may send."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from translate.storage.tbx import tbxfile

from exchange.bulletin.codes import CODES
from exchange.bulletin.schema import LANGUAGES
from exchange.errors import Reason
from exchange.limits import TBX_MAX, TERMS_MAX
from exchange.translation import tbx
from exchange.translation.glossary import Glossary
from exchange.v1 import bulletin_pb2 as pb
from tests.bulletin.strategies import ALPHABETS, WORDS
from tests.expecting import refused

VECTORS = Path(__file__).parents[1] / "vectors/tbx"
SEED = Glossary.seed()
Q = f"{{{tbx.NAMESPACE}}}"


def validated(data: bytes) -> Any:  # noqa: ANN401 - lxml has no types
    schema = etree.RelaxNG(etree.parse(VECTORS / "basic-dca.rng"))
    root = etree.fromstring(data)
    schema.assertValid(root)
    return root


@st.composite
def terms(draw: st.DrawFn) -> pb.Term:
    ids = st.from_regex(r"\A[A-Za-z0-9_-]{1,32}\Z")
    domain = draw(st.sampled_from(list(CODES["term_domain"])))
    made = pb.Term(id=draw(ids), domain=domain)
    for lang in LANGUAGES:
        tails = st.text(ALPHABETS[lang] + "<&>\"'", max_size=20)
        texts = draw(st.lists(tails, min_size=1, max_size=4))
        forms = dict.fromkeys(
            " ".join(f"{WORDS[lang]} {tail}".split()) for tail in texts
        )
        order = ["PREFERRED", *["ADMITTED"] * (len(forms) // 2), *["FORBIDDEN"] * 4]
        for text, status in zip(forms, order, strict=False):
            made.forms.add(lang=lang, text=text, status=status)
    return made


@st.composite
def glossaries(draw: st.DrawFn) -> Glossary:
    found = draw(st.lists(terms(), min_size=1, max_size=4, unique_by=lambda t: t.id))
    return Glossary(draw(st.integers(0, 99)), sorted(found, key=lambda term: term.id))


def file(*concepts: str, root: str = 'type="TBX-Basic" style="dca"') -> bytes:
    body = "".join(concepts)
    return (
        f'<tbx {root} xmlns="{tbx.NAMESPACE}" xml:lang="en"><tbxHeader/>'
        f"<text><body>{body}</body></text></tbx>"
    ).encode()


def concept(name: str = "a", ur: str = "قافلہ", zh: str = "车队") -> str:
    sections = "".join(
        f'<langSec xml:lang="{lang}"><termSec><term>{text}</term></termSec></langSec>'
        for lang, text in (("en", "convoy"), ("ur", ur), ("zh", zh))
    )
    return f'<conceptEntry id="{name}">{sections}</conceptEntry>'


# Out, and back.


def test_the_seed_is_valid_and_comes_back_the_same() -> None:
    data = tbx.write(SEED)
    validated(data)
    found = tbx.read(data)
    assert found.terms == SEED.terms
    assert (found.other_languages, found.incomplete) == (0, 0)


@given(glossaries())
def test_every_glossary_is_valid_and_comes_back_the_same(glossary: Glossary) -> None:
    data = tbx.write(glossary)
    validated(data)
    assert tbx.read(data).terms == glossary.terms


def test_what_is_written_says_what_it_is() -> None:
    root = validated(tbx.write(Glossary(7, SEED.terms)))
    assert (root.get("type"), root.get("style")) == ("TBX-Basic", "dca")
    assert root.findtext(f".//{Q}title") == "Glossary, version 7"
    assert b"<!DOCTYPE" not in tbx.write(SEED)


def test_another_reader_finds_every_form_and_its_status() -> None:
    root = etree.fromstring(tbx.write(SEED))
    found = {
        (entry.get("id"), section.get(tbx._LANG), form.findtext(f"{Q}term"))
        for entry in root.iter(f"{Q}conceptEntry")
        for section in entry.iter(f"{Q}langSec")
        for form in section.iter(f"{Q}termSec")
    }
    assert found == {(t.id, f.lang, f.text) for t in SEED.terms for f in t.forms}
    said = [note.text for note in root.iter(f"{Q}termNote")]
    forbidden = [f for t in SEED.terms for f in t.forms if f.status == "FORBIDDEN"]
    assert said.count("deprecatedTerm-admn-sts") == len(forbidden) > 0


# Of another program.


def test_a_file_of_another_program_and_style_is_read() -> None:
    found = tbx.read((VECTORS / "foreign-dct.tbx").read_bytes())
    assert [term.id for term in found.terms] == ["c5-1", "galaxy"]
    ambulance, galaxy = found.terms
    assert ambulance.domain == "MEDICAL"
    assert galaxy.domain == "GENERAL"
    assert [(f.lang, f.text, f.status) for f in ambulance.forms] == [
        ("en", "ambulance", "PREFERRED"),
        ("en", "ambulance car", "ADMITTED"),
        ("en", "sick cart", "FORBIDDEN"),
        ("ur", "ایمبولینس", "PREFERRED"),
        ("zh-Hans", "救护车", "PREFERRED"),
    ]


def test_what_is_left_out_is_counted() -> None:
    """German and traditional Chinese; a concept whose only English is deprecated."""
    found = tbx.read((VECTORS / "foreign-dct.tbx").read_bytes())
    assert (found.other_languages, found.incomplete) == (2, 1)


@pytest.mark.parametrize("label", ["Medical", "MEDICAL", "طبی", "医疗", "medical"])
def test_a_domain_is_known_by_any_of_its_labels(label: str) -> None:
    field = f'<descrip type="subjectField">{label}</descrip>'
    data = file(concept().replace("<langSec", f"{field}<langSec", 1))
    (term,) = tbx.read(data).terms
    assert term.domain == "MEDICAL"


# Hostile.


def test_a_file_above_the_bound_is_refused_unread() -> None:
    assert refused(tbx.read, b"<" * (TBX_MAX + 1)) == (Reason.TOO_LONG, "TBX")
    assert refused(tbx.read, bytes(100 * 1024 * 1024)) == (Reason.TOO_LONG, "TBX")


def test_more_terms_than_a_glossary_holds_are_refused() -> None:
    data = file(*(concept(f"c{n}") for n in range(TERMS_MAX + 1)))
    assert refused(tbx.read, data) == (Reason.TOO_LONG, "TBX: terms")


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (b"", "TBX"),
        (b"\xff\xfe\x00", "TBX"),
        (b"<tbx", "TBX"),
        (b"<tbx/>", "TBX"),
        (b'<martif type="TBX"/>', "TBX"),
        (b'<tbx xmlns="urn:iso:std:iso:30042:ed:3.0"/>', "TBX"),
        (b'<!DOCTYPE tbx SYSTEM "file:///etc/passwd"><tbx/>', "TBX: DOCTYPE"),
        (b'<!DOCTYPE t [<!ENTITY a "aaaa">]><t>&a;</t>', "TBX: DOCTYPE"),
    ],
)
def test_what_is_no_tbx_is_refused(data: bytes, where: str) -> None:
    assert refused(tbx.read, data) == (Reason.INPUT, where)


def test_a_file_of_the_edition_before_is_refused() -> None:
    store = tbxfile(sourcelanguage="en", targetlanguage="ur")
    store.addsourceunit("convoy").target = "قافلہ"  # type: ignore[no-untyped-call]  # theirs
    data = bytes(store)
    doctype, plain = data.partition(b"<martif")[::2]
    assert b"<!DOCTYPE" in doctype
    assert refused(tbx.read, data) == (Reason.INPUT, "TBX: DOCTYPE")
    assert refused(tbx.read, b"<martif" + plain) == (Reason.INPUT, "TBX")


def test_a_deep_file_is_refused() -> None:
    assert refused(tbx.read, b"<a>" * 50_000)[0] is Reason.TOO_LONG


@pytest.mark.parametrize(
    ("concepts", "reason", "where"),
    [
        ([concept(), concept()], "FIELD_VALUE", "TBX: conceptEntry 2: id"),
        ([concept("a.b"), concept("a:b")], "FIELD_VALUE", "TBX: conceptEntry 2: id"),
        ([concept(zh="convoy")], "LANGUAGE", "TBX: terms.0.forms.2.text"),
        ([concept(ur="قا\u202eفلہ")], "FIELD_VALUE", "TBX: terms.0.forms.1.text"),
        ([concept(zh="车" * 81)], "TOO_LONG", "TBX: terms.0.forms.2.text"),
    ],
)
def test_a_bad_term_is_refused_by_its_place(
    concepts: list[str], reason: str, where: str
) -> None:
    assert refused(tbx.read, file(*concepts)) == (reason, where)


def test_a_file_without_terms_is_one() -> None:
    assert tbx.read(file()).terms == ()
    assert tbx.read(file("<conceptEntry/>")).incomplete == 1


def test_what_a_tool_has_decomposed_is_composed() -> None:
    """As `import` shows it before anything is published."""
    (term,) = tbx.read(file(concept(ur="\u0627\u0653ج"))).terms

    assert "آج" in [form.text for form in term.forms]
