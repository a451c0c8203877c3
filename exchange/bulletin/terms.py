"""The terms of a GLOSSARY: their JSON form and rules."""

from collections import Counter

from exchange.bulletin.codes import CODES
from exchange.bulletin.json_reader import JsonValue, need
from exchange.bulletin.prose import (
    ID,
    ONE_LINE,
    check_text,
    language,
    require_nfc,
    too_many,
)
from exchange.bulletin.schema import LANGUAGES, Type
from exchange.bulletin.values import PATTERNS
from exchange.errors import Reason, Refusal
from exchange.limits import TERM_FORMS_MAX, TERM_MAX, TERMS_MAX
from exchange.v1 import bulletin_pb2 as pb

PREFERRED = "PREFERRED"


def from_json(at: JsonValue) -> pb.Term:
    members = at.members("id", "domain", "forms")
    found = {name: need(members, name, at.path) for name in ("id", "domain", "forms")}
    return pb.Term(
        id=found["id"].text(),
        domain=found["domain"].text(),
        forms=map(_form, found["forms"].items()),
    )


def _form(at: JsonValue) -> pb.TermForm:
    members = at.members("lang", "text", "status")
    lang, text, status = (
        need(members, name, at.path) for name in ("lang", "text", "status")
    )
    return pb.TermForm(
        lang=language(lang.text()),
        text=require_nfc(text.text(), text.path),
        status=status.text(),
    )


def to_json(term: pb.Term) -> dict[str, object]:
    forms = [{"lang": f.lang, "text": f.text, "status": f.status} for f in term.forms]
    return {"id": term.id, "domain": term.domain, "forms": forms}


def check_terms(content: pb.Content, *, codes: bool) -> None:
    """Refuse terms that are not well formed, naming the field.

    At most TERMS_MAX, by ascending id. A term has forms in each language, one of them
    preferred, without duplicates, in the language's script. `codes` false allows
    unknown domains and statuses of a newer release.
    """
    if len(content.terms) > TERMS_MAX:
        many = too_many(len(content.terms), TERMS_MAX)
        raise Refusal(Reason.TOO_LONG, "terms", many)
    earlier = ""
    for i, term in enumerate(content.terms):
        where = f"terms.{i}"
        if not ID.fullmatch(term.id) or term.id <= earlier:
            missing = Reason.FIELD_VALUE if term.id else Reason.FIELD_MISSING
            raise Refusal(missing, f"{where}.id")
        earlier = term.id
        _check_code("term_domain", term.domain, f"{where}.domain", codes=codes)
        _check_forms(term, f"{where}.forms", codes=codes)


def _check_forms(term: pb.Term, where: str, *, codes: bool) -> None:
    if len(term.forms) > TERM_FORMS_MAX:
        raise Refusal(Reason.TOO_LONG, where)
    seen: set[tuple[str, str]] = set()
    for i, form in enumerate(term.forms):
        _check_form(form, f"{where}.{i}", codes=codes)
        if (form.lang, form.text) in seen:
            raise Refusal(Reason.FIELD_VALUE, f"{where}.{i}.text")
        seen.add((form.lang, form.text))
    preferred = Counter(f.lang for f in term.forms if f.status == PREFERRED)
    for lang in LANGUAGES:
        if preferred[lang] != 1:
            wrong = Reason.FIELD_VALUE if preferred[lang] else Reason.FIELD_MISSING
            raise Refusal(wrong, f"{where}.{lang}")


def _check_form(form: pb.TermForm, where: str, *, codes: bool) -> None:
    if form.lang not in LANGUAGES:
        raise Refusal(Reason.LANGUAGE, f"{where}.lang")
    if len(form.text) > TERM_MAX:
        raise Refusal(Reason.TOO_LONG, f"{where}.text")
    if "\n" in form.text:
        raise Refusal(Reason.FIELD_VALUE, f"{where}.text", ONE_LINE)
    require_nfc(form.text, f"{where}.text")
    check_text(form.text, form.lang, f"{where}.text")
    _check_code("term_status", form.status, f"{where}.status", codes=codes)


def _check_code(name: str, code: str, where: str, *, codes: bool) -> None:
    if not PATTERNS[Type.CODE].fullmatch(code):
        missing = Reason.FIELD_VALUE if code else Reason.FIELD_MISSING
        raise Refusal(missing, where)
    if codes and code not in CODES[name]:
        raise Refusal(Reason.CODE_UNKNOWN, where)
