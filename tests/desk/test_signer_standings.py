"""What a reader is told of a signature whose key was revoked since."""

import pytest

from exchange.desk.client import Desk
from exchange.desk.signer_standings import SignerStandings
from exchange.desk.standing_text import standing_lines
from exchange.desk.terminal.desk import TerminalDesk
from exchange.desk.translation.pending_translation import PendingTranslation
from exchange.trust.signer_standing import SignerStanding
from tests.desk.bench import CHINA, PAKISTAN, Bench
from tests.desk.test_pending_translation import ZH, translated
from tests.expecting import present
from tests.node.world import FILED, PK
from tests.trust.nation import DAY, Nation, revocation

OLDER, UNPROVEN = FILED + DAY, FILED
"""From when on a key is not trusted: after what it signed is proven, or not."""
STANDINGS = [(OLDER, "BEFORE_REVOCATION"), (UNPROVEN, "DISOWNED")]


def revoke(bench: Bench, nation: Nation, officer: str, kid: bytes, since: int) -> None:
    """Log a revocation by the issuer, and let both desks read it."""
    bench.state(nation.node, revocation(officer, kid, since))
    bench.meet()


def of_message(desk: Desk, name: bytes) -> tuple[SignerStanding, ...]:
    found = SignerStandings(desk.mailbox, desk.pinned)
    return found.of_message(desk.mailbox.messages.read(name))


def of_steps(desk: Desk, name: bytes) -> dict[str, SignerStanding]:
    (kept,) = desk.mailbox.translations.of(name)
    found = SignerStandings(desk.mailbox, desk.pinned).of_translation(kept)
    return {one.place: one for one in found}


def test_what_nobody_revoked_is_good(bench: Bench) -> None:
    name = bench.deliver()

    assert of_message(bench.cn, name) == (SignerStanding("author", PAKISTAN.officer),)
    assert standing_lines(of_message(bench.cn, name)) == []


def test_of_several_revocations_the_earliest_time_counts(bench: Bench) -> None:
    name = bench.deliver()
    revoke(bench, PAKISTAN, PAKISTAN.officer, PAKISTAN.author.kid, OLDER)
    first = of_message(bench.cn, name)[0].notice
    bench.state(PK, revocation(PAKISTAN.officer, PAKISTAN.author.kid, UNPROVEN))
    bench.meet()

    (one,) = of_message(bench.cn, name)

    assert first is not None
    assert (one.word, present(one.notice).index) == ("DISOWNED", first.index)


@pytest.mark.parametrize(("since", "word"), STANDINGS)
def test_so_does_each_step_of_a_translation(
    bench: Bench, staff: list[Desk], since: int, word: str
) -> None:
    name = bench.deliver()
    translated(bench.cn, name)
    PendingTranslation(staff[0], name, ZH).advance("REVIEWED")
    PendingTranslation(bench.cn, name, ZH).send()
    bench.meet()
    gone = staff[0].officer

    revoke(bench, CHINA, gone.name, gone.signer.kid, since)

    for desk in (bench.pk, bench.cn):
        steps = of_steps(desk, name)
        assert steps["translator"] == SignerStanding("translator", CHINA.officer)
        assert (steps["reviewer"].officer, steps["reviewer"].word) == (gone.name, word)
    opened = TerminalDesk(bench.pk).read(1)
    assert opened.signer_standing == "GOOD"
    (shown,) = opened.translations
    (line,) = shown.notes
    assert line.startswith(f"{ZH} reviewer {gone.name}: {word.replace('_', ' ')} by")


def test_what_no_log_has_yet_is_proven_by_nothing(bench: Bench) -> None:
    name = bench.send()
    revoke(bench, PAKISTAN, PAKISTAN.officer, PAKISTAN.author.kid, FILED - DAY)

    (one,) = of_message(bench.pk, name)

    assert one.word == "DISOWNED"
