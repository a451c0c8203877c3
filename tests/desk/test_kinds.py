"""One bulletin of every kind goes from one partner to the other, and can be read."""

from exchange.bulletin.content import content_json, decode, from_json
from exchange.bulletin.kinds import KINDS
from exchange.bulletin.render import render
from exchange.bulletin.schema import LANGUAGES
from exchange.desk.incoming.examine_entry import ACCEPTED
from exchange.desk.mailbox.sources import Grade
from exchange.desk.outgoing import sources
from exchange.desk.outgoing.drafts import draft_of
from tests.bulletin.examples import EXAMPLES, SOURCE, Json, sendable
from tests.desk.bench import Bench


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
        assert message.content is not None
        content = decode(message.content)
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
    references = [{"relation": "UPDATES", "name": name.hex()}]
    draft = from_json(whole | {"details": update, "references": references})
    told = bench.deliver(draft)
    message = bench.cn.mailbox.messages.read(told)
    assert (message.row.verdict, message.row.precedence) == (ACCEPTED, "FLASH")
    assert message.content is not None
    assert content_json(decode(message.content))["details"] == update
