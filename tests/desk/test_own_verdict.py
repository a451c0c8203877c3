"""What a desk signs is judged before it is kept, in words for who signs."""

import pytest
from msgspec.structs import replace

from exchange.clock import time_of
from exchange.desk.release.decision import add_signature, give_back
from exchange.desk.release.waiting_drafts import find
from exchange.errors import Reason
from exchange.limits import DAY
from exchange.words import means, use
from tests.desk.bench import Bench, client
from tests.desk.officers import enrol, program
from tests.desk.release.conftest import state_policies
from tests.desk.ringed import Ringed
from tests.expecting import refusing
from tests.node.world import PK
from tests.trust.nation import NOW, YEAR, ed, key

OFFICER = "duty-1@ops.islamabad.pk"
SET_CLOCK = "set the clock of the machine that signs"
RENEW = "check the clock, then run fusion keys renew --all-due"


@pytest.mark.parametrize(
    ("at", "life", "todo"),
    [
        (NOW - 200 * DAY, f"is valid from {time_of(NOW)} on", SET_CLOCK),
        (NOW + 2 * YEAR, f"ended {time_of(NOW + YEAR)}", RENEW),
    ],
    ids=["a clock before the home was made", "a key that ended"],
)
def test_who_signs_reads_whose_key_it_is_and_what_to_do(
    bench: Bench, at: int, life: str, todo: str
) -> None:
    bench.pk.sync()
    bench.now, client(bench.pk).down = at, True

    with refusing(Reason.SIGNER_TIME, OFFICER) as refused:
        bench.send()

    said_of = means(refused.value)
    assert said_of == f"filed {time_of(at)}, but this key {life}; {todo}"
    assert not bench.pk.mailbox.outbox.waiting()
    for lang in ("ur", "zh-Hans"):
        use(lang)
        assert means(refused.value) != said_of
    use("en")


def test_a_releaser_reads_that_it_is_his_key(bench: Bench) -> None:
    """The author's key was valid when the draft was filed, and his own was not."""
    state_policies(bench)
    chief, author = enrol(bench, PK, 2)
    second, ended = ed(f"{chief} releaser"), bench.now - 1
    stated = key(chief, "releaser", second, until=ended)
    bench.state(PK, stated)
    bench.meet()
    bench.pk.sync()
    name = bench.send()
    officer = replace(bench.pk.officer, name=chief, signer=author, releaser=second)

    with program(bench, PK, officer) as desk:
        desk.sync()
        draft = find(desk, name.hex())
        with refusing(Reason.SIGNER_TIME, chief, f"ended {time_of(ended)}; {RENEW}"):
            add_signature(desk, draft, officer)
        with refusing(Reason.SIGNER_TIME, chief, f"ended {time_of(ended)}; {RENEW}"):
            give_back(desk, draft, "LABEL")
        assert find(desk, name.hex()).state == "WAITING"
        assert not desk.mailbox.releases.list_returns_to_tell()


# A sealing key's statement.


def test_a_statement_that_readers_would_refuse_is_not_queued(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of its key is left, and what else the desk does goes on."""
    ringed = Ringed(bench)
    with ringed.synced() as desk:
        before = ringed.ring
        life = "exchange.desk.link.ring_upkeep.SEALING_KEY_LIFE"
        monkeypatch.setattr(life, 2 * YEAR)
        ringed.pass_days(8)
        desk.sync()

        assert ringed.ring == before
        assert not desk.mailbox.outbox.waiting()
        with refusing(Reason.STATEMENT):
            desk.keep_ring(now_due=True)
        assert ringed.ring == before


def test_who_asks_for_a_new_sealing_key_reads_why_there_is_none(bench: Bench) -> None:
    ringed = Ringed(bench)
    with ringed.synced() as desk:
        bench.now += 2 * YEAR
        with refusing(Reason.SIGNER_TIME, OFFICER, RENEW):
            desk.keep_ring(now_due=True)
