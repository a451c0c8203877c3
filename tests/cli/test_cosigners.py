"""Who of a policy's cosigners is missing, and how old their lines are, is shown."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from exchange.bulletin.values import iso
from exchange.cli import frame, log_output, show, status_output
from exchange.cli.frame import Reply
from exchange.desk.link.heads import HeldSize
from exchange.desk.link.node_status import take_up_policies
from exchange.desk.pinned_logs import Pinned
from exchange.errors import Refusal
from exchange.ledger import checkpoint
from exchange.ledger.policy import Policy
from exchange.limits import SECOND
from exchange.node import views
from exchange.trust import statements
from exchange.v1 import desk_service_pb2 as pb
from exchange.words.ages import ago
from tests.desk.bench import Bench
from tests.desk.bench import bench as benches
from tests.desk.test_arrivals import ISLAMABAD, SECONDS
from tests.desk.test_cosigned import THIRD, beijing, rule, witness
from tests.desk.test_heads import WITNESS
from tests.node.world import CN, FILED, PK, directory, world

MIRROR = "beijing.cn.fusion/mirror"
AT = "2027-01-15T08:01:07Z"  # of the witness's line


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with world(tmp_path) as made, benches(made, tmp_path) as both:
        both.meet()
        yield both


def both_asked(bench: Bench) -> str:
    return f"{beijing(bench)}{THIRD}group g all beijing third\nquorum g\n"


def told(bench: Bench) -> pb.GetStatusResponse:
    return views.status(bench.world.pk.node)


def pinned(bench: Bench) -> Pinned:
    return Pinned({n.domain: n.bundle for n in bench.world.nations.values()})


def head(bench: Bench, keys: Pinned) -> dict[str, object]:
    found = status_output.heads_json(told(bench), keys, FILED + 90 * SECOND)
    return next(one for one in found if one["origin"] == ISLAMABAD)


# The status.


def test_by_default_the_partner_is_asked(bench: Bench) -> None:
    keys = pinned(bench)

    assert take_up_policies(told(bench), keys) == []
    found = head(bench, keys)
    assert found["quorum"] is True
    assert found["cosigners"] == [
        {"name": MIRROR, "at": "2027-01-15T08:01:00Z", "age": 90}
    ]


def test_it_says_to_when_the_node_shows_what_a_log_revokes(bench: Bench) -> None:
    """Of the own nation's log by the line of another nation, or not at all."""
    keys, answer = pinned(bench), told(bench)

    def shown() -> dict[str, object]:
        found = status_output.heads_json(answer, keys, FILED)
        return {str(one["origin"]): one["directory_at"] for one in found}

    now = iso(FILED)
    both = dict.fromkeys(shown(), now)
    assert (len(both), shown()) == (2, both)
    lines = status_output.status_lines(
        FOUND | {"heads": status_output.heads_json(answer, keys, FILED)}
    )
    assert list(lines).count(f"    our node has its revocations up to {now}") == 2

    for held in answer.heads:
        own = keys.log_keys(held.origin)
        held.directory = checkpoint.only(held.directory, own)
    assert shown() == both | {ISLAMABAD: None}
    for held in answer.heads:
        held.directory = held.directory[:-9]
    assert shown() == dict.fromkeys(both)


def test_a_stated_policy_s_missing_cosigner_is_named(bench: Bench) -> None:
    rule(bench, both_asked(bench))
    keys = pinned(bench)

    assert take_up_policies(told(bench), keys) == [PK]
    before = head(bench, keys)
    witness(bench)
    after = head(bench, keys)

    missing = {"name": WITNESS.name, "at": None, "age": None}
    assert (before["quorum"], after["quorum"]) == (False, True)
    assert before["cosigners"] == [
        {"name": MIRROR, "at": "2027-01-15T08:01:00Z", "age": 90},
        missing,
    ]
    assert after["cosigners"] == [
        {"name": MIRROR, "at": "2027-01-15T08:01:00Z", "age": 90},
        {"name": WITNESS.name, "at": AT, "age": 83},
    ]


def test_the_newest_policy_is_told_alone(bench: Bench) -> None:
    rule(bench, both_asked(bench))
    rule(bench, "quorum none\n", serial=2)
    rule(bench, "retention 30\n", serial=3)
    keys = pinned(bench)

    assert len(told(bench).policies) == 1
    assert take_up_policies(told(bench), keys) == [PK]
    assert keys.policy(ISLAMABAD).vkeys == ()
    assert head(bench, keys)["quorum"] is True


def test_the_partner_s_node_tells_it_too(bench: Bench) -> None:
    rule(bench, both_asked(bench))
    keys = pinned(bench)

    assert take_up_policies(views.status(bench.world.cn.node), keys) == [PK]


def test_what_the_roots_did_not_sign_is_no_policy(bench: Bench) -> None:
    """Another nation's roots, an issuer, a spoilt signature, nothing at all."""
    cn, pk = bench.world.nations[CN], bench.world.nations[PK]
    stated = statements.policy_statement("pk", b"quorum none\n", 1)
    good = directory(pk, stated, [("root", root) for root in pk.roots]).entry
    bad = [
        directory(pk, stated, [("root", root) for root in cn.roots]).entry,
        directory(pk, stated, [("issuer", pk.issuer)]).entry,
        good[:-1] + bytes([good[-1] ^ 1]),
        b"",
    ]

    for entry in bad:
        keys = pinned(bench)
        with pytest.raises(Refusal):
            take_up_policies(pb.GetStatusResponse(policies=[entry]), keys)
        assert len(keys.policy(ISLAMABAD).vkeys) == 1
    assert take_up_policies(pb.GetStatusResponse(policies=[good]), pinned(bench)) == [
        PK
    ]


# In words.


FOUND = {
    "lives": [],
    "node": PK,
    "has_desk": True,
    "minimize": False,
    "emcon": "OFF",
    "suspended": [],
    "peers": [],
    "on_the_way": [],
    "heads": [
        {
            "origin": ISLAMABAD,
            "size": 5,
            "root": "r",
            "at": AT,
            "cosigned_by": [],
            "cosigners": [{"name": "third\u202e.example", "at": None, "age": None}],
            "quorum": False,
        }
    ],
    "agree": False,
    "agreed": {"now": False, "at": None, "age": None},
    "witnesses": [
        {"name": "a.example", "size": 0, "at": None, "reason": "WITNESS 404"},
        {"name": "b.example", "size": 4, "at": AT, "reason": "WITNESS 500"},
        {"name": "c.example", "size": 5, "at": AT, "reason": ""},
    ],
    "alarms": [{"reason": "FORK", "where": ISLAMABAD, "at": AT}],
    "signing": False,
    "waiting": 3,
    "due": None,
    "outbox": None,
    "refused": [],
}


def test_the_status_says_whom_the_operator_suspended_and_since_when() -> None:
    suspended = [{"nation": "cn", "since": AT}, {"nation": "kz", "since": None}]

    lines = list(status_output.status_lines(FOUND | {"suspended": suspended}))

    assert f"no bulletin is sent to cn since {AT}" in lines
    assert "no bulletin is sent to kz" in lines


@pytest.mark.parametrize(
    ("where", "size"), [(f"{CN} +8192 MiB", "8192"), (f"{CN} 2048/4096 MiB", "MIB")]
)
def test_the_status_names_the_command_that_adds_to_a_budget(
    where: str, size: str
) -> None:
    alarm = {"reason": "BUDGET", "where": where, "at": None}

    lines = list(status_output.status_lines(FOUND | {"alarms": [alarm]}))

    command = f"fusion node allow {CN} --entries {size}"
    assert f"    to take more of it today: {command}" in lines


def test_the_status_says_in_words_what_is_amiss(
    capsys: pytest.CaptureFixture[str],
) -> None:
    frame._print(Reply({}, status_output.status_lines(FOUND)), as_json=False)

    shown = capsys.readouterr().out
    assert "\u202e" not in shown
    assert shown.splitlines()[-10:] == [
        f"log {ISLAMABAD} size 5: root r of {AT}, cosigned by nobody",
        *(line for line in shown.splitlines() if ".example missing" in line),
        "    the policy of this log is not met",
        "witness a.example has not cosigned yet; last: it does not know the log (404)",
        f"witness b.example cosigned 4 entries at {AT}; last: WITNESS 500",
        f"witness c.example cosigned 5 entries at {AT}",
        f"alarm FORK {ISLAMABAD} {AT}",
        "the node cannot sign yet; 3 wait for it",
        "ledgers do not agree yet",
        "open actions: give --officer NAME",
    ]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s ago"),
        (59, "59 s ago"),
        (60, "1 min ago"),
        (3_599, "59 min ago"),
        (7_200, "2 h ago"),
        (86_399, "23 h ago"),
        (864_000, "10 d ago"),
    ],
)
def test_ages_in_words(seconds: int, words: str) -> None:
    assert ago(seconds * SECOND) == words


def test_a_line_from_the_future_is_of_no_age() -> None:
    """A partner's clock may be ahead."""
    said = {WITNESS.key: HeldSize(5, SECONDS + 9)}
    policy = Policy.parse(f"{THIRD}quorum third\n".encode())

    (one,) = log_output.list_cosigners(said, policy, 4, FILED)

    assert one["age"] == 0


# One bulletin.


def test_a_bulletin_is_shown_with_whom_its_log_asks(bench: Bench) -> None:
    rule(bench, both_asked(bench))
    name = bench.send()
    desk = bench.pk
    queued = show._cosigners(desk, desk.mailbox.messages.row(name))
    bench.meet()
    before = show._cosigners(desk, desk.mailbox.messages.row(name))
    witness(bench)
    after = show._cosigners(desk, desk.mailbox.messages.row(name))

    assert [one["at"] for one in queued] in ([], [None, None])
    assert [(one["name"], one["at"]) for one in before] == [
        (MIRROR, "2027-01-15T08:01:00Z"),
        (WITNESS.name, None),
    ]
    assert [(one["name"], one["at"]) for one in after][1:] == [(WITNESS.name, AT)]
    message, said = desk.mailbox.messages.read(name), log_output.cosigner_lines(before)
    text = show.text(message, "en", "", said, [], "islamabad.pk/2#3")
    assert "  islamabad.pk/2#3  " in text
    assert f"cosigner {WITNESS.name} missing\n" in text
