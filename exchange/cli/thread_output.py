"""The thread of a bulletin for `show`: its references, in both directions."""

from collections.abc import Mapping

from exchange.cli.lazy import lazy_imports

with lazy_imports():
    from exchange.bulletin.codes import label, relation_label
    from exchange.bulletin.combined_label import label_json
    from exchange.desk import remarks
    from exchange.desk.incoming.examine_entry import decode_remark
    from exchange.desk.incoming.threads import (
        find_neighbours,
        find_repeats,
        find_standing,
        thread,
    )
    from exchange.desk.mailbox import Mailbox
    from exchange.desk.outgoing import route_draw
    from exchange.desk.records import MessageLink
    from exchange.desk.remarks import remark_lines, subject


def thread_json(mailbox: "Mailbox", name: bytes) -> dict[str, object]:
    """Return a thread for --json; `standing` is "" where nothing was taken back.

    `label` is the one in force: what was signed, and all that narrows it.
    """
    forth, back = find_neighbours(mailbox, name)
    again = find_repeats(mailbox, [*forth, *back])
    return {
        "standing": find_standing(mailbox, name),
        "label": label_json(mailbox.references.handling_of(name).label),
        "references": [_link(link, link.about, again) for link in forth],
        "referenced_by": [_link(link, link.name, again) for link in back],
        "draws": [
            {
                "reveal": draw.reveal.hex(),
                "movement": draw.movement.hex(),
                "route": draw.route,
                "refused": draw.refusal.where if draw.refusal else "",
            }
            for draw in route_draw.find_reveals(mailbox, name)
        ],
        "thread": [part.row.name.hex() for part in thread(mailbox, name).parts],
    }


def _link(
    link: "MessageLink", other: bytes, again: "frozenset[MessageLink]"
) -> dict[str, object]:
    """Return a reference; `same_source` says that one report only goes round."""
    found = {"relation": link.relation, "name": other.hex()}
    return found | ({"same_source": True} if link in again else {})


def lines(mailbox: "Mailbox", name: bytes, lang: str) -> list[str]:
    """Return a thread as lines in `lang`: its standing first, then each reference.

    Subjects are a partner's text: they go to a terminal through `safe` only.
    """
    forth, back = find_neighbours(mailbox, name)
    others = [link.about for link in forth] + [link.name for link in back]
    subjects = {
        row.name: subject(row, lang) for row in mailbox.messages.find_rows(others)
    }
    stands = find_standing(mailbox, name)
    output = [label("standing", stands, lang)] if stands else []
    output += route_draw.lines(mailbox, name, lang)
    again = find_repeats(mailbox, [*forth, *back])
    for link in forth:
        relation = relation_label(link.relation, lang, repeated=link in again)
        other = link.about
        output.append(f"> {relation} {other.hex()[:8]} {_title(subjects, other)}")
    for link in back:
        relation = relation_label(link.relation, lang, repeated=link in again)
        other = link.name
        output.append(f"< {other.hex()[:8]} {relation}: {_title(subjects, other)}")
    return output


def _title(subjects: "Mapping[bytes, str]", name: bytes) -> str:
    """Return a partner's words for one line, which must not begin another."""
    return subjects.get(name, "").replace("\n", "\u240a")


def recall_json(content: bytes) -> dict[str, object]:
    """Return the content of a recall for --json."""
    said = decode_remark(content)
    return {
        "kind": "RECALL",
        "reason": said.reason,
        "instruction": said.instruction,
        "remark": said.text.text,
    }


def recall_lines(content: bytes, lang: str) -> list[str]:
    """Return what a recall says: that it is one, its codes in `lang`, its text.

    Text stands behind a mark, as a bulletin's does, and passes for nothing else.
    """
    remark = decode_remark(content)
    text = [f"> {line}" for line in remark.text.text.split("\n") if remark.text.text]
    remark.ClearField("text")
    return [
        label("relation", "RECALLS", lang),
        *remark_lines(remark, remarks.RECALL, lang),
        *text,
    ]
