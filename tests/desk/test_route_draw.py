"""A desk draws a route as it sends, keeps it to itself, and reveals it later."""

import pytest

from exchange.bulletin.check import CheckedDraft, check
from exchange.bulletin.content import content_json, decode, from_json, to_json
from exchange.bulletin.kinds import KINDS
from exchange.bulletin.render import render
from exchange.bulletin.route_commitment import value
from exchange.bulletin.schema import LANGUAGES
from exchange.desk.incoming.examine_entry import ACCEPTED
from exchange.desk.mailbox.sources import Grade
from exchange.desk.outgoing import sources
from exchange.desk.outgoing.drafts import draft_of
from exchange.desk.outgoing.route_draw import draw_route, find_reveals, lines
from exchange.envelope import parse_core
from exchange.errors import Reason, Refusal
from exchange.limits import DAY, DETAILS_MAX
from exchange.v1 import bulletin_pb2
from tests.bulletin.examples import EXAMPLES, SOURCE, Json, example, sendable
from tests.desk.bench import Bench, refers
from tests.expecting import present, refusing

LANGS = ("en", "ur", "zh-Hans")


def movement(**changes: object) -> dict[str, object]:
    return example("MOVEMENT") | changes


def sent(bench: Bench, **changes: object) -> bytes:
    name = bench.pk.send(from_json(movement(**changes))).name
    bench.meet()
    return name


def content(bench: Bench, name: bytes) -> bulletin_pb2.Content:
    data = present(bench.cn.mailbox.messages.read(name).content)
    return bulletin_pb2.Content.FromString(data)


def test_the_seal_goes_with_the_movement_and_the_route_does_not(bench: Bench) -> None:
    name = sent(bench)
    said = content(bench, name)
    sealed = value(said, "draw")
    assert len(sealed) == 64
    assert not value(said, "route")
    assert bench.pk.mailbox.settings.get(f"draw:{sealed}")[0] in "AB"
    assert not bench.cn.mailbox.settings.get(f"draw:{sealed}")
    assert lines(bench.pk.mailbox, name, "en")[0][-1] in "AB"
    assert lines(bench.cn.mailbox, name, "en") == []


def test_a_partner_holds_the_reveal_against_the_seal(bench: Bench) -> None:
    name = sent(bench)
    told = bench.pk.reveal(name).name
    bench.meet()
    for asked in (name, told):
        (found,) = find_reveals(bench.cn.mailbox, asked)
        assert (found.reveal, found.movement, found.refusal) == (told, name, None)
        assert found.route in {"A", "B"}
        for lang in LANGS:
            assert found.route in lines(bench.cn.mailbox, asked, lang)[0]
    row = bench.cn.mailbox.messages.row(told)
    assert (row.mode, row.kind, row.precedence) == ("EXERCISE", "MOVEMENT", "PRIORITY")
    assert "ROUND-4" in row.subject


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("mode", ["ACTUAL", "EXERCISE", "TEST"])
def test_it_can_be_revealed_in_every_language_and_mode(
    bench: Bench, lang: str, mode: str
) -> None:
    words = {"en": "Convoy", "ur": "قافلہ", "zh-Hans": "车队"}
    subject = {"id": "s0", "lang": lang, "text": words[lang]}
    details = movement()["details"]
    assert isinstance(details, dict)
    plate = details | {"call_sign": "LEA-1234"}
    said = {"segments": [], "details": plate, "confirmed": ["details.call_sign PLATE"]}
    name = sent(bench, mode=mode, subject=subject, **said)
    told = bench.pk.reveal(name).name
    bench.meet()
    assert bench.cn.mailbox.messages.row(told).lang == lang
    assert find_reveals(bench.cn.mailbox, told)[0].refusal is None


def test_a_desk_that_did_not_draw_cannot_reveal(bench: Bench) -> None:
    name = sent(bench)
    with refusing(Reason.NOT_FOUND) as caught:
        bench.cn.reveal(name)
    assert caught.value.where.endswith(": draw")


def test_another_route_than_the_one_sealed_is_told_for_what_it_is(bench: Bench) -> None:
    name = sent(bench)
    kept = bench.pk.mailbox.settings.get(f"draw:{value(content(bench, name), 'draw')}")
    other = "B" if kept.startswith("A") else "A"
    details = {"call_sign": "ROUND-4", "route": other, "nonce": kept.split()[1]}
    references = refers("REVEALS", name)
    lie = bench.pk.send(
        from_json(movement(details=details, references=references))
    ).name
    bench.meet()
    (found,) = find_reveals(bench.cn.mailbox, lie)
    assert found.route == ""
    assert present(found.refusal).where == "details.nonce"
    assert "details.nonce" in lines(bench.cn.mailbox, name, "en")[0]
    bench.pk.reveal(name)  # the true one can still be told
    bench.meet()
    assert [one.route for one in find_reveals(bench.cn.mailbox, name)] == ["", kept[0]]


def test_what_cannot_be_sent_leaves_no_secret(bench: Bench) -> None:
    draft = from_json(movement())
    wrong = check(draft.replace(to=("ops.nowhere.cn",)))
    with pytest.raises(Refusal):
        bench.pk.send_all([draft, wrong])
    settings = bench.pk.mailbox.database.select("SELECT key FROM setting", ())
    assert not [key for (key,) in settings if str(key).startswith("draw:")]


def test_an_update_draws_nothing_new(bench: Bench) -> None:
    name = sent(bench)
    references = refers("UPDATES", name)
    draft, made = draw_route(from_json(movement(references=references)))
    assert made is None
    assert "draw" not in str(to_json(draft)["details"])
    draft, made = draw_route(from_json(movement()), bytes)
    assert made is not None
    assert made.route == "A"


def test_a_reveal_outlives_a_movement_that_has_expired(bench: Bench) -> None:
    name = sent(bench)
    bench.now += 40 * DAY  # of the desk; its node refuses what is filed so far ahead
    told = bench.pk.mailbox.messages.read(bench.pk.reveal(name).name)
    assert parse_core(told.core).expires == bench.now + 30 * DAY


def test_a_movement_without_room_for_the_draw_is_refused() -> None:
    values = len(from_json(movement()).content.details) - 2  # beside the two routes
    said = example("MOVEMENT")["details"]
    assert isinstance(said, dict)

    def of_routes(number: int) -> CheckedDraft:
        routes = [f"R{i}" for i in range(number)]
        return from_json(movement(details=said | {"routes": routes}))

    with refusing(Reason.TOO_LONG, "details", match="129"):
        of_routes(DETAILS_MAX - values)
    draft, made = draw_route(of_routes(DETAILS_MAX - values - 1))
    assert made is not None
    assert len(draft.content.details) == DETAILS_MAX


# One bulletin of every kind goes from one partner to the other, and can be read.


def test_every_kind_arrives_whole_and_reads_in_every_language(bench: Bench) -> None:
    kinds = sorted(EXAMPLES)
    assert kinds == sorted(KINDS)
    grade = Grade(bench.now, "B", bench.pk.officer.name, "")
    sources.add(bench.pk.mailbox, SOURCE, grade)
    sent = bench.pk.send_all([from_json(sendable(kind)) for kind in kinds])
    bench.meet()
    for kind, one in zip(kinds, sent, strict=True):
        message = bench.cn.mailbox.messages.read(one.name)
        assert message.row.verdict == ACCEPTED
        content = decode(present(message.content))
        assert said(content_json(content)) == said(EXAMPLES[kind])
        for lang in LANGUAGES:
            text = render(content, draft_of(message), lang)
            assert KINDS[kind].labels[lang] in text
            assert content.subject.text in text


def said(obj: Json) -> Json:
    """Return what the officer said, without what the desk filled in."""
    details = {k: v for k, v in obj["details"].items() if k != "draw"}
    names = ("kind", "subject", "segments", "when", "place", "assessment", "terms")
    return {n: obj[n] for n in names if n in obj} | {"details": details}


def test_lines_six_to_nine_follow_as_an_update(bench: Bench) -> None:
    whole = sendable("MEDEVAC")
    later = ("security", "marking", "nationality", "status", "hazards", "terrain")
    first = {k: v for k, v in whole["details"].items() if k not in {*later, "mist"}}
    name = bench.pk.send(from_json(whole | {"details": first})).name
    update = {k: whole["details"][k] for k in (*later, "mist")}
    references = refers("UPDATES", name)
    draft = from_json(whole | {"details": update, "references": references})
    told = bench.pk.send(draft).name
    bench.meet()
    message = bench.cn.mailbox.messages.read(told)
    assert (message.row.verdict, message.row.precedence) == (ACCEPTED, "FLASH")
    assert content_json(decode(present(message.content)))["details"] == update
