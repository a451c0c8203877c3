"""The language of conditions, and what is refused in it."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from exchange.desk.mailbox import Filter
from exchange.desk.mailbox.filters import KEYS, CodeCondition, Near
from exchange.errors import Reason, Refusal
from exchange.limits import DAY, MINUTE
from tests.expecting import refusing

NOVEMBER = round(datetime(2026, 11, 1, tzinfo=UTC).timestamp() * 1_000)


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("", Filter()),
        ("is:unread is:unacked", Filter(unread=True, unacknowledged=True)),
        (
            "is:recalled is:stale is:overdue",
            Filter(recalled=True, stale=True, overdue=True),
        ),
        ("is:in", Filter(direction="in")),
        ("is:in is:out", Filter()),
        ("kind:warning,RFI", Filter(kinds=frozenset({"WARNING", "RFI"}))),
        ("prec:FLASH prec:ROUTINE", Filter(precedence=frozenset({"FLASH", "ROUTINE"}))),
        ("mode:EXERCISE", Filter(modes=frozenset({"EXERCISE"}))),
        ("tlp:amber_strict", Filter(tlps=frozenset({"AMBER_STRICT"}))),
        ("lang:zh,ur", Filter(langs=frozenset({"zh-Hans", "ur"}))),
        ("state:Queued,local", Filter(states=frozenset({"queued", "local"}))),
        (
            "actor:BLA",
            Filter(facts=(CodeCondition(("details.actors",), frozenset({"BLA"})),)),
        ),
        ("from:ops.beijing.cn,pk", Filter(desks=frozenset({"ops.beijing.cn", "pk"}))),
        ("thread:ABCDEF0123", Filter(threads=("abcdef0123",))),
        ("thread:islamabad.pk#412", Filter(threads=("islamabad.pk#412",))),
        ("after:2026-11-01", Filter(after=NOVEMBER)),
        ("before:2026-11-01", Filter(before=NOVEMBER)),
        ("on:2026-11-01", Filter(after=NOVEMBER, before=NOVEMBER + DAY)),
        ("on:۲۰۲۶-۱۱-۰۱", Filter(after=NOVEMBER, before=NOVEMBER + DAY)),
        ("after:2026-11-01T00:05Z", Filter(after=NOVEMBER + 5 * MINUTE)),
        ("before:2026-11-01T00:05:00z", Filter(before=NOVEMBER + 5 * MINUTE)),
        ("after:2026-11-01 after:2026-10-01", Filter(after=NOVEMBER)),
        ("before:2026-11-01 before:2026-12-01", Filter(before=NOVEMBER)),
        ("near:35.3,73.2:50km", Filter(near=(Near(35.3, 73.2, 50.0),))),
        ("near:dasu-hpp:2.5km", Filter(near=(Near(35.317, 73.193, 2.5),))),
        ("near:-35,-73:５０km", Filter(near=(Near(-35.0, -73.0, 50.0),))),
        (
            "convoy kind:RFI delayed",
            Filter(kinds=frozenset({"RFI"}), text="convoy delayed"),
        ),
        ("convoy ", Filter(text="convoy ")),
        ("10:30 ratio:", Filter(text="10:30 ratio:")),
        ("https://example.org", Filter(text="https://example.org")),
        ("گاڑی:مشکوک", Filter(text="گاڑی:مشکوک")),
    ],
)
def test_what_is_read(line: str, wanted: Filter) -> None:
    assert Filter.read(line) == Filter.parse(line) == wanted


def test_a_site_and_a_reported_state_are_looked_for_in_every_field_of_theirs() -> None:
    (site,) = Filter.read("site:dasu-hpp").facts
    assert "place.site" in site.fields
    assert site.codes == {"DASU-HPP"}
    (state,) = Filter.read("state:UNDER_WAY,ONGOING").facts
    assert set(state.fields) >= {"details.state", "details.status"}


@pytest.mark.parametrize(
    "condition",
    [
        *("is:other", "is:UNREAD", "kind:PARTY", "kind:WARNING,", "prec:LOUD"),
        *("mode:REAL", "tlp:PINK", "lang:fr", "lang:en,", "state:gone"),
        *("state:queued,UNDER_WAY", "actor:NOBODY", "site:ATLANTIS", "site:BLA"),
        *(
            "from:",
            "kind:",
            "from:OPS",
            "from:a@b.cn",
            "from:a.b.c.d",
            "from:%",
            "from:*",
        ),
        *("thread:abc", "thread:abcdefgh'--", "thread:" + "a" * 200),
        *("after:yesterday", "after:2026-13-01", "on:2026-02-30", "before:1969-12-31"),
        *("after:2026-11-01T06:00", "on:2026-11-01T25:00Z", "after:0000-00-00"),
        *("near:DASU-HPP", "near:DASU-HPP:50", "near:ATLANTIS:5km", "near:91,0:5km"),
        *("near:0,181:5km", "near:35.3,73.2:0km", "near:35.3,73.2:99999km"),
        *("near:61SDU1234:5km", "near:43SDU123:5km"),
        *("near:nan,nan:5km", "near:35.3,73.2:-5km", "near:1e9,1:1km"),
        *("colour:red", "kinds:WARNING", "text:convoy"),
    ],
)
def test_a_condition_that_nothing_could_meet_is_refused(condition: str) -> None:
    with refusing(Reason.CODE_UNKNOWN, condition.partition(":")[0] + ":"):
        Filter.read(f"convoy {condition} is:in")
    typed = Filter.parse(f"convoy {condition} is:in")
    assert typed == Filter(direction="in", text=f"convoy {condition}")


@given(
    st.text()
    | st.builds(
        "{}:{}".format, st.sampled_from(KEYS), st.text() | st.sampled_from(["9,9:9km"])
    )
)
@example("near:" + "9" * 3_990 + "km")
@example("\ud800:\ud800 is:in")
@example("x" * 1_000_000)
def test_any_line_is_read_or_refused_by_its_key(line: str) -> None:
    Filter.parse(line)
    assert re.fullmatch("([a-z]{2,12}:)?", refused_for(line))


def refused_for(line: str) -> str:
    try:
        Filter.read(line)
    except Refusal as refusal:
        return refusal.where if refusal.reason is Reason.CODE_UNKNOWN else "?"
    return ""


def test_a_grid_is_a_place() -> None:
    (near,) = Filter.read("near:18suj23480647:50km").near
    assert near == pytest.approx((38.88943, -77.03522, 50.0), abs=1e-5)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("kind:WARNIN", "not in the code list; did you mean WARNING?"),
        ("tlp:purple", "not in the code list: AMBER, AMBER_STRICT, CLEAR, GREEN, RED"),
        ("is:odd", ""),
    ],
)
def test_a_wrong_code_is_told_with_those_there_are(line: str, said: str) -> None:
    with refusing(where=line.partition(":")[0] + ":") as refusal:
        Filter.read(line)
    assert str(refusal.value.why or "") == said
