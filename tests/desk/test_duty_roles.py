"""To whom a FLASH is taken, by rosters as a partner may write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.desk.deadlines.duty_roles import ROLES, describe_role, escalate, roster
from exchange.limits import MINUTE
from exchange.v1 import bulletin_pb2


def liaison(*rows: str) -> bulletin_pb2.Content:
    content = bulletin_pb2.Content(kind="LIAISON")
    for row in rows:
        content.details.add(field="roster", value=row)
    return content


def test_who_answers_for_a_desk_stands_in_the_order_of_the_roles() -> None:
    written = liaison(
        "post=C;role=DUTY_DIRECTOR",
        "post=I;role=INTERPRETER;shift=DAY",
        "post=A2;role=DUTY_OFFICER",
        "post=A1;role=DUTY_OFFICER;channel=CH-1",
    )
    assert roster(written) == ("A2 DUTY_OFFICER", "A1 DUTY_OFFICER", "C DUTY_DIRECTOR")


@pytest.mark.parametrize(
    "row",
    [
        *("", ";", "=", "post=A", "role=DUTY_OFFICER", "post=;role=DUTY_OFFICER"),
        *("post=A;role=KING", "post=A;role=", "post=A;role=DUTY_OFFICER,DEPUTY"),
    ],
)
def test_rows_that_say_nothing_of_use_are_passed_over(row: str) -> None:
    assert roster(liaison(row)) == ()
    assert roster(liaison(row, "post=B;role=DEPUTY")) == ("B DEPUTY",)


def test_a_role_in_words() -> None:
    assert describe_role("NIGHT-1 DUTY_OFFICER", "en") == "NIGHT-1, Duty officer"
    assert describe_role("DEPUTY", "zh-Hans") == "副职"
    assert describe_role("duty-2", "ur") == "duty-2"


@given(
    st.integers(1, 9),
    st.integers(0, 10**15),
    st.integers(0, 10**15),
    st.integers(0, 10**15),
)
def test_it_is_never_taken_back(n: int, filed: int, by: int, later: int) -> None:
    among = [*ROLES, *ROLES, "last"][:n]
    first = among.index(escalate(among, filed, by, by))
    assert first == min(1, n - 1)
    now = by + later
    there = escalate(among, filed, by, now)
    assert escalate(among, filed, by, now + MINUTE) in among[among.index(there) :]
