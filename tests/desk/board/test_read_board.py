"""What is on the board of a mailbox, and what is not on it, or no longer."""

import pytest

from exchange.bulletin.values import iso, milliseconds
from exchange.desk.board import board_label
from exchange.desk.board.board_label import label_of, tlp_of
from exchange.desk.board.read_board import (
    WEEKS,
    counted_names,
    read_board,
    read_week,
    read_weeks,
    weeks_are_cut,
)
from exchange.desk.board.records import ELSEWHERE, Board
from exchange.desk.mailbox import Mailbox, NewMessage, board_rows, movements
from exchange.limits import DAY, MINUTE
from exchange.v1 import envelope_pb2 as pb
from tests.desk.board.made_board import (
    all_clear,
    at,
    bulletin,
    during,
    movement,
    said,
    warning,
)
from tests.desk.made import ISLAMABAD, NOW, entry, name, put_all, receipt
from tests.expecting import present
from tests.tui.boards import sign

HOUR = 60 * MINUTE
PARTNER = "duty-2@ops.beijing.cn"
THIRD = "duty-3@ops.gwadar.pk"


def board(box: Mailbox, mode: str = "ACTUAL", now: int = NOW) -> Board:
    return read_board(box, mode, now)


def behind(box: Mailbox, mode: str = "ACTUAL", now: int = NOW) -> list[tuple[int, ...]]:
    """The bulletins behind each sign."""
    return [sign.numbers for sign in board(box, mode, now).signs]


def test_a_sign_says_where_what_and_until_when(box: Mailbox) -> None:
    box.messages.put(warning(1, tlp=pb.TLP_RED))
    (sign,) = board(box).signs
    assert (sign.sort, sign.stop, sign.code) == ("WARNING", "DASU-HPP", "SEVERE")
    assert (sign.numbers, sign.until, sign.tlp) == ((1,), NOW + DAY, "RED")
    assert board(box).tlp == "RED"


def test_a_warning_that_expired_is_not_on_it(box: Mailbox) -> None:
    box.messages.put(warning(1, expires=NOW))
    assert behind(box, now=NOW - 1) == [(1,)]
    assert behind(box) == []


def test_a_clock_far_ahead_takes_nothing_from_it(box: Mailbox) -> None:
    put_all(box, warning(1), bulletin(2, said("INCIDENT", at("KAROT"), attack="IED")))
    ahead = NOW + 40 * DAY
    assert behind(box, now=ahead) == []
    shown = read_board(box, "ACTUAL", ahead, NOW)
    assert {sign.numbers for sign in shown.signs} == {(1,), (2,)}
    assert shown.at == ahead


@pytest.mark.parametrize("relation", [pb.RELATION_RECALLS, pb.RELATION_SUPERSEDES])
def test_what_its_desk_took_back_disappears(box: Mailbox, relation: int) -> None:
    put_all(box, warning(1), bulletin(2, said("SITREP"), 1, relation))
    assert behind(box) == []


def test_nobody_else_takes_a_warning_back(box: Mailbox) -> None:
    box.messages.put(warning(1))
    forged = bulletin(2, said("SITREP"), 1, pb.RELATION_RECALLS, author=PARTNER)
    box.messages.put(forged)
    assert behind(box) == [(1,)]


def test_an_all_clear_of_its_desk_ends_a_warning(box: Mailbox) -> None:
    put_all(box, warning(1), warning(2, "KAROT"), all_clear(3, 1, "WARNING"))
    assert behind(box) == [(2,)]


@pytest.mark.parametrize(
    "changes",
    [
        {"author": PARTNER},
        {"mode": pb.MODE_EXERCISE},
        {"ends": "MEDEVAC"},
        {"about": 2},
        {"verdict": "SEAL"},
        {"state": "refused"},
    ],
    ids=str,
)
def test_no_other_all_clear_ends_it(box: Mailbox, changes: dict[str, object]) -> None:
    box.messages.put(warning(1))
    fields = {"about": 1, "ends": "WARNING"} | changes
    box.messages.put(all_clear(3, **fields))  # type: ignore[arg-type]  # its fields
    assert behind(box) == [(1,)]


def test_an_all_clear_that_was_recalled_ends_nothing(box: Mailbox) -> None:
    box.messages.put(warning(1))
    box.messages.put(all_clear(2, 1, "WARNING"))
    box.messages.put(bulletin(3, said("SITREP"), 2, pb.RELATION_RECALLS))
    assert behind(box) == [(1,)]


def test_an_exercise_is_kept_apart_from_what_is_real(box: Mailbox) -> None:
    box.messages.put(warning(1))
    box.messages.put(warning(2, mode=pb.MODE_EXERCISE))
    box.messages.put(warning(3, mode=pb.MODE_TEST))
    assert behind(box) == [(1,)]
    assert behind(box, "EXERCISE") == [(2,)]
    assert behind(box, "TEST") == [(3,)]


@pytest.mark.parametrize("verdict", ["SEAL", "ERASED", "SIGNATURE"])
def test_what_was_not_accepted_is_not_on_it(box: Mailbox, verdict: str) -> None:
    box.messages.put(warning(1, verdict=verdict))
    assert behind(box) == []


def test_an_incident_is_on_it_for_two_weeks_and_its_update_stands_for_it(
    box: Mailbox,
) -> None:
    content = said("INCIDENT", at("KARACHI-PORT"), attack="IED")
    box.messages.put(bulletin(1, content, filed=NOW - 15 * DAY))
    box.messages.put(bulletin(2, content, filed=NOW - 3 * DAY, expires=NOW - DAY))
    box.messages.put(bulletin(3, content, 2))
    box.messages.put(bulletin(4, content, 3))
    (sign,) = board(box).signs
    assert (sign.sort, sign.numbers, sign.until) == ("INCIDENT", (4, 3, 2), 0)


def test_a_partner_does_not_hide_a_warning_by_an_update(box: Mailbox) -> None:
    box.messages.put(warning(1))
    moved = said("WARNING", at("GWADAR"), severity="MINOR")
    box.messages.put(bulletin(2, moved, 1, author=PARTNER))
    assert sorted(behind(box)) == [(1,), (2,)]


def test_updates_that_go_round_hide_nothing(box: Mailbox) -> None:
    content = said("INCIDENT", at("KARACHI-PORT"))
    put_all(box, bulletin(1, content, 2), bulletin(2, content, 1))
    assert behind(box) == [(2, 1)]


DASU, KARACHI, BESHAM = (
    milliseconds(at, "")
    for at in ("2021-07-14T02:00:00Z", "2022-04-26T09:00:00Z", "2024-03-26T08:00:00Z")
)


def incident(
    number: int,
    when: int,
    to: int = 0,
    *,
    site: str = "DASU-HPP",
    attack: str = "IED",
    **more: object,
) -> NewMessage:
    """A report of an attack, filed in that minute before NOW."""
    content = during(said("INCIDENT", at(site), attack=attack), when, to)
    return bulletin(number, content, **more)  # type: ignore[arg-type]  # its fields


def test_what_is_filed_today_is_shown_when_it_happened(box: Mailbox) -> None:
    for number, when in enumerate((DASU, KARACHI, BESHAM, NOW - DAY), 1):
        box.messages.put(incident(number, when))
    box.messages.put(incident(5, 0, site="KAROT"))
    dated, other = sorted(board(box).signs, key=lambda sign: sign.numbers)
    assert (dated.numbers, dated.happened, dated.at) == ((4,), NOW - DAY, NOW - DAY)
    assert (other.numbers, other.happened, other.at) == ((5,), 0, other.filed)


def test_what_went_on_until_lately_is_an_incident(box: Mailbox) -> None:
    box.messages.put(incident(1, DASU, NOW - DAY))
    box.messages.put(incident(2, DASU, NOW - 14 * DAY, site="KAROT"))
    assert behind(box) == [(1,)]


def test_the_corrected_time_counts(box: Mailbox) -> None:
    """It was in 2021, says the correction; and the other one was yesterday."""
    box.messages.put(incident(1, NOW - DAY))
    box.messages.put(incident(2, DASU, about=1, relation=pb.RELATION_CORRECTS))
    box.messages.put(incident(3, DASU, site="KAROT"))
    corrected = incident(4, NOW - DAY, about=3, relation=pb.RELATION_CORRECTS)
    box.messages.put(corrected)
    assert behind(box) == [(4, 3)]


def test_a_claim_beyond_any_calendar_is_no_time(box: Mailbox) -> None:
    for number, when in enumerate((-1, 2**63 - 1), 1):
        box.messages.put(incident(number, when, 2**63 - 1))
    assert {(x.happened, x.to, x.at == x.filed) for x in board(box).signs} == {
        (0, 0, True)
    }


def test_an_event_is_one_sign_however_often_it_was_filed(box: Mailbox) -> None:
    """A report, what updates, corrects and replaces it; two others bear it out."""
    put_all(box, incident(1, NOW - DAY), incident(2, NOW - DAY, about=1))
    corrects = incident(3, NOW - HOUR, about=2, relation=pb.RELATION_CORRECTS)
    box.messages.put(corrects)
    for number, about in ((4, 1), (5, 3)):
        place = {"site": "KAROT", "attack": "ARSON"}
        bears = {"relation": pb.RELATION_CORROBORATES, "author": PARTNER}
        made = incident(number, NOW - 2 * DAY, about=about, **place, **bears)  # type: ignore[arg-type]  # its fields
        box.messages.put(made)
    (sign,) = board(box).signs
    assert (sign.numbers, sign.happened) == ((3, 2, 1, 5, 4), NOW - HOUR)
    assert (sign.stop, sign.code) == ("DASU-HPP", "IED")
    replaces = incident(6, NOW - HOUR, about=3, relation=pb.RELATION_SUPERSEDES)
    box.messages.put(replaces)
    assert behind(box) == [(6, 2, 1, 5, 4)]


def test_an_attack_at_one_place_and_time_is_one_sign_without_any_reference(
    box: Mailbox,
) -> None:
    put_all(box, incident(1, NOW - DAY), incident(2, NOW - DAY, author=PARTNER))
    assert behind(box) == [(1, 2)]
    box.messages.put(incident(3, NOW - DAY, author=PARTNER, site="KAROT"))
    box.messages.put(incident(4, NOW - DAY, author=PARTNER, attack="ARSON"))
    box.messages.put(incident(5, NOW - DAY, author=PARTNER, mode=pb.MODE_EXERCISE))
    box.messages.put(incident(6, NOW - DAY + MINUTE, author=PARTNER))
    for number in (7, 8):  # nobody knows that these are one
        put_all(box, incident(number, NOW - DAY, site=""), incident(number + 2, 0))
    assert sorted(behind(box)) == [(1, 2), *((n,) for n in (3, 4, 6, 7, 8, 9, 10))]


def test_what_bears_a_warning_out_changes_nothing_that_it_shows(box: Mailbox) -> None:
    """Nor does it if it was filed and came before the report."""
    calm = said("WARNING", at("GWADAR"), severity="MINOR")
    early = {"relation": pb.RELATION_CORROBORATES, "filed": NOW - 2 * DAY}
    bears = bulletin(1, calm, 2, author=PARTNER, **early)
    for message in (bears, warning(2)):
        box.messages.put(message)
    (sign,) = board(box).signs
    assert (sign.numbers, sign.stop, sign.code) == ((2, 1), "DASU-HPP", "SEVERE")


def test_nobody_joins_two_reports_of_others_by_bearing_both_out(box: Mailbox) -> None:
    for number, site in ((1, "DASU-HPP"), (2, "KAROT")):
        box.messages.put(warning(number, site))
    bears = pb.RELATION_CORROBORATES
    both = [(bears, name(1)), (bears, name(2))]
    box.messages.put(warning(3, author=PARTNER, references=both))
    assert sorted(behind(box)) == [(1, 3), (2,)]


def test_what_is_of_another_kind_or_mode_joins_nothing(box: Mailbox) -> None:
    box.messages.put(incident(1, NOW - DAY))
    box.messages.put(warning(2, about=1))
    box.messages.put(warning(3, mode=pb.MODE_EXERCISE))
    for number in (4, 5):
        box.messages.put(warning(number, about=3))
    assert sorted(behind(box)) == [(1,), (2,), (4,), (5,)]


def test_desks_that_bear_out_one_another_have_one_sign(box: Mailbox) -> None:
    bears = pb.RELATION_CORROBORATES
    put_all(box, warning(1), warning(2, about=1, author=PARTNER, relation=bears))
    also = [(pb.RELATION_UPDATES, name(1)), (pb.RELATION_CORROBORATES, name(2))]
    box.messages.put(warning(3, references=also))
    assert behind(box) == [(3, 1, 2)]


def test_who_bore_out_what_is_gone_speaks_for_himself(box: Mailbox) -> None:
    bears = pb.RELATION_CORROBORATES
    box.messages.put(warning(1))
    box.messages.put(warning(2, about=1, author=PARTNER, relation=bears))
    box.messages.put(warning(3, about=1, author=THIRD, relation=bears))
    assert behind(box) == [(1, 3, 2)]
    box.messages.put(bulletin(4, said("SITREP"), 1, pb.RELATION_RECALLS))
    assert sorted(behind(box)) == [(2,), (3,)]


@pytest.mark.parametrize(
    "relation", [pb.RELATION_DISPUTES, pb.RELATION_UPDATES, pb.RELATION_SUPERSEDES]
)
def test_nothing_else_that_a_partner_says_of_a_report_joins_it(
    box: Mailbox, relation: int
) -> None:
    put_all(box, warning(1), warning(2, about=1, relation=relation, author=PARTNER))
    assert sorted(behind(box)) == [(1,), (2,)]


def test_a_level_is_of_the_time_since_when_it_holds(box: Mailbox) -> None:
    level = said("SITE_POSTURE", at("KAROT"), level="HIGH", since=iso(NOW - HOUR))
    box.messages.put(bulletin(1, level))
    (sign,) = board(box).signs
    assert (sign.happened, sign.at) == (NOW - HOUR, NOW - HOUR)


@pytest.mark.parametrize(
    ("begins", "ends", "days"),
    [
        (0, DAY, True),
        (0, 2 * DAY - MINUTE, True),
        (0, DAY - 1, True),
        (0, 0, False),
        (0, DAY - 2 * MINUTE, False),
        (HOUR, DAY, False),
    ],
)
def test_whole_days_are_known_by_both_ends(begins: int, ends: int, days: bool) -> None:  # noqa: FBT001  # of the table
    first = DASU // DAY * DAY
    made = sign("INCIDENT", "", "", happened=first + begins, to=ends and first + ends)
    assert made.in_days is days


def test_of_a_site_the_last_level_counts(box: Mailbox) -> None:
    for number, level in enumerate(("NORMAL", "SEVERE", "HIGH"), 1):
        box.messages.put(
            bulletin(number, said("SITE_POSTURE", at("KAROT"), level=level))
        )
    box.messages.put(bulletin(4, said("SITE_POSTURE", at("SOST"), level="GUARDED")))
    found = {sign.stop: sign.code for sign in board(box).signs}
    assert found == {"KAROT": "HIGH", "SOST": "GUARDED"}


def test_a_convoy_is_its_call_sign_where_the_last_bulletin_says(box: Mailbox) -> None:
    alarm = NOW - MINUTE
    put_all(
        box,
        movement(
            1,
            state="UNDER_WAY",
            call_sign="INDUS-7",
            overdue_at=iso(alarm),
            site="DASU",
        ),
        movement(2, 1, state="CHECKPOINT", site="BESHAM"),
        movement(3, 1, state="HALTED"),
    )
    (sign,) = board(box).signs
    assert (sign.sort, sign.call_sign, sign.stop) == ("CONVOY", "INDUS-7", "BESHAM")
    assert (sign.code, sign.numbers) == ("HALTED", (3, 2, 1))


def test_a_convoy_that_arrived_is_not_under_way(box: Mailbox) -> None:
    box.messages.put(movement(1, call_sign="INDUS-7", state="UNDER_WAY", site="DASU"))
    box.messages.put(movement(2, 1, state="ARRIVED", site="BESHAM"))
    assert behind(box) == []


def test_a_convoy_is_late_from_its_alarm_on(box: Mailbox) -> None:
    alarm = iso(NOW)
    box.messages.put(movement(1, call_sign="X", state="UNDER_WAY", overdue_at=alarm))
    (sign,) = board(box).signs
    assert sign.stop == ELSEWHERE
    assert (sign.is_late(NOW - 1), sign.is_late(NOW)) == (False, True)


def test_more_than_it_shows_is_cut_and_said(
    box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board_rows, "BOARD_READ_MAX", 2)
    for number in range(1, 4):
        assert not board(box).cut
        box.messages.put(warning(number))
    found = board(box)
    assert [sign.numbers for sign in found.signs] == [(3,), (2,)]
    assert found.cut
    box.messages.put(bulletin(4, b"", 3, pb.RELATION_RECALLS, kind=pb.KIND_RECALL))
    found = board(box)
    assert [sign.numbers for sign in found.signs] == [(2,)]
    assert found.cut, "the first is not read"


def test_all_of_a_busy_day_is_on_it(box: Mailbox) -> None:
    with box.database.transaction():
        for number in range(1, 400):
            box.messages.put(warning(number))
    found = board(box)
    assert len(found.signs) == 399
    assert not found.cut


def test_all_clears_that_are_not_read_are_said(
    box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board_rows, "BOARD_READ_MAX", 1)
    put_all(box, all_clear(1, 90, "WARNING"), warning(2), all_clear(3, 2, "WARNING"))
    assert not board(box).cut, "the first is older than all that is shown"
    box.messages.put(all_clear(4, 91, "WARNING"))
    found = board(box)
    assert (len(found.signs), found.cut) == (1, True)


def test_convoys_that_are_not_looked_at_are_said(
    box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(movements, "MOVING_MAX", 1)
    put_all(box, movement(1, state="UNDER_WAY"), movement(2, state="ARRIVED"))
    assert not board(box).cut
    box.messages.put(movement(3, state="HALTED"))
    found = board(box)
    assert [sign.numbers for sign in found.signs] == [(3,)]
    assert found.cut


def test_weeks_count_bulletins_alone_and_how_soon_they_were_answered(
    box: Mailbox,
) -> None:
    box.messages.put(warning(1, filed=NOW - 4 * HOUR))
    box.messages.put(warning(2, filed=NOW - 3 * HOUR))
    box.messages.put(bulletin(3, said("SITREP"), filed=NOW - 2 * HOUR))
    box.messages.put(warning(4, filed=NOW - 7 * DAY))
    box.messages.put(warning(5, filed=NOW - HOUR, mode=pb.MODE_EXERCISE))
    box.messages.put(bulletin(6, b"", 3, pb.RELATION_RECALLS, kind=pb.KIND_RECALL))
    for number, (about, relation, minutes) in enumerate(
        [(1, "OPENED", 1), (1, "ACKNOWLEDGED", 10), (1, "COMPLETED", 20)], 100
    ):
        filed = NOW - 4 * HOUR + minutes * MINUTE
        box.receipts.add(receipt(about, relation, filed, number))
    weeks = read_weeks(box, "ACTUAL", NOW)
    assert len(weeks) == WEEKS
    *_, before, last = weeks
    assert (last.bulletins, last.warnings, last.incidents) == (3, 2, 0)
    assert (last.answered, last.median, last.ninety) == (1, 10 * MINUTE, 10 * MINUTE)
    assert (before.bulletins, before.answered, before.median) == (1, 0, 0)
    assert read_weeks(box, "EXERCISE", NOW)[-1].bulletins == 1


def test_an_answer_that_no_log_has_is_not_measured(box: Mailbox) -> None:
    box.messages.put(warning(1, filed=NOW - HOUR))
    envelope = pb.Envelope(entry=entry())
    answer = receipt(1, "ACKNOWLEDGED", NOW - 50 * MINUTE)
    box.outbox.enqueue(envelope, answer.name, NOW)
    box.receipts.add(answer)
    assert read_weeks(box, "ACTUAL", NOW)[-1].answered == 0
    box.outbox.note_sent(answer.name, NOW, ISLAMABAD, 7)
    week = read_weeks(box, "ACTUAL", NOW)[-1]
    assert (week.answered, week.median) == (1, 10 * MINUTE)


def test_a_week_lists_what_it_counts_the_newest_first(
    box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.messages.put(warning(1, filed=NOW - 4 * HOUR))
    box.messages.put(bulletin(2, said("SITREP"), filed=NOW - 3 * HOUR))
    box.messages.put(warning(3, filed=NOW - 7 * DAY))
    box.messages.put(warning(4, filed=NOW - HOUR, mode=pb.MODE_EXERCISE))
    for week in read_weeks(box, "ACTUAL", NOW):
        assert len(read_week(box, "ACTUAL", week.start)) == week.bulletins
    *_, before, last = read_weeks(box, "ACTUAL", NOW)
    assert read_week(box, "ACTUAL", last.start) == [2, 1]
    assert read_week(box, "ACTUAL", before.start) == [3]
    monkeypatch.setattr(board_rows, "BOARD_BEHIND_MAX", 1)
    assert read_week(box, "ACTUAL", last.start) == [2]


def test_more_than_the_weeks_count_is_said_and_the_newest_count(
    box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board_rows, "BOARD_COUNTED_MAX", 2)
    weeks_ago = 7 * DAY
    box.messages.put(bulletin(1, said("SITREP"), filed=NOW))
    for number, filed in enumerate((NOW - weeks_ago, NOW, NOW - weeks_ago), 2):
        assert not weeks_are_cut(box, "ACTUAL", NOW)
        box.messages.put(warning(number, filed=filed))
    assert weeks_are_cut(box, "ACTUAL", NOW)
    assert not weeks_are_cut(box, "EXERCISE", NOW)
    *_, before, last = read_weeks(box, "ACTUAL", NOW)
    assert (before.bulletins, last.bulletins) == (1, 2)
    assert len(counted_names(box, "ACTUAL", NOW)) == 3, "the label is of these"


def test_more_answers_than_are_measured_are_said(
    box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board_rows, "BOARD_ANSWERED_MAX", 1)
    for number in range(1, 4):
        box.messages.put(bulletin(number, said("SITREP")))
    box.messages.put(warning(4))
    assert not weeks_are_cut(box, "ACTUAL", NOW)
    box.messages.put(warning(5))
    assert weeks_are_cut(box, "ACTUAL", NOW)


def test_a_label_is_of_what_weeks_count_too(
    box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of what is narrowed as well, and in as many questions as it takes."""
    monkeypatch.setattr(board_label, "_TOGETHER", 2)
    for number in range(1, 6):
        tlp = pb.TLP_AMBER if number == 4 else pb.TLP_GREEN
        box.messages.put(bulletin(number, said("SITREP"), tlp=tlp))
    box.messages.put(bulletin(6, said("SITREP"), tlp=pb.TLP_RED, mode=pb.MODE_EXERCISE))
    empty = board(box)
    assert not empty.signs

    def strictest() -> int:
        found = present(label_of(box, empty, counted_names(box, "ACTUAL", NOW)))
        return found.tlp

    assert label_of(box, empty) is None
    assert strictest() == pb.TLP_AMBER
    narrows = bulletin(7, said("SITREP"), 2, pb.RELATION_NARROWS, tlp=pb.TLP_RED)
    box.messages.put(narrows)
    assert strictest() == pb.TLP_RED
    assert tlp_of(box, empty, counted_names(box, "ACTUAL", NOW)) == "RED"
    assert not tlp_of(box, empty, [])


def test_it_reads_few_rows_by_the_index(box: Mailbox) -> None:
    plans = box.database.select(
        "EXPLAIN QUERY PLAN SELECT number FROM message INDEXED BY message_board"
        " WHERE kind = ? AND mode = ? AND filed > ? AND expires > ?"
        " ORDER BY filed DESC LIMIT ?",
        ("WARNING", "ACTUAL", 0, 0, 1),
    )
    assert "USING COVERING INDEX message_board" in plans[0][3]
    assert not any("TEMP B-TREE" in plan[3] for plan in plans)
