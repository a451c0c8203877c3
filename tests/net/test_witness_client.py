"""A third cosigner: what it says counts if it verifies, and what it does not waits."""

import asyncio
import base64
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from exchange.clock import Clock
from exchange.errors import Reason, Refusal, Unreachable
from exchange.ledger import checkpoint
from exchange.ledger.checkpoint import Head
from exchange.ledger.note import Vkey, parse_note
from exchange.ledger.policy import Policy
from exchange.limits import SECOND, WITNESS_ANSWER_MAX, WITNESS_REFRESH
from exchange.net import witness_client as module
from exchange.net.witness_client import Post, Witnesses
from exchange.net.witness_http import Http, WitnessAnswer
from exchange.node import peer_heads
from exchange.store import StoredHead
from exchange.trust import statements
from keys.sealing import Opener
from tests.expecting import present
from tests.net.tlog_witness import Said, Served, Witness, served
from tests.node.world import CN, FILED, PK, World, directory, keys_of, world
from tests.trust.nation import DAY, NOW, seed

NAME = "witness.example/w1"
OTHER = "other.example/w2"
ORIGIN = checkpoint.log_origin("islamabad.pk")
NOW_S = FILED // SECOND


def ed(seed: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(seed.encode().ljust(32))


def ml(seed: str) -> MLDSA44PrivateKey:
    return MLDSA44PrivateKey.from_seed_bytes(seed.encode().ljust(32))


class Third:
    """A witness that knows Islamabad's log, at a time that a test sets."""

    def __init__(
        self,
        name: str = NAME,
        say: Callable[[bytes], Said] | None = None,
        *,
        post_quantum: bool = True,
    ) -> None:
        self.time_s = NOW_S + 7
        self.witness = Witness(
            name,
            {ORIGIN: keys_of("islamabad.pk").log.public},
            lambda: self.time_s,
            ed=ed(name),
            ml=ml(name) if post_quantum else None,
        )
        self.say = say or self.witness.say

    def lines(self, url: str) -> str:
        """What a policy says of it."""
        return "".join(
            f"witness {vkey[:9]}-{kind} {vkey} {url}\n"
            for kind, vkey in enumerate(self.witness.vkeys)
        )


class Asking:
    """A node with entries, and its witnesses at a time that a test sets."""

    def __init__(self, made: World) -> None:
        self.world = made
        self.node = made.pk.node
        self.now = FILED
        self.clock = Clock(lambda: self.now, lambda: self.now)
        self.policy = Policy.parse(b"quorum none\n")
        self.witnesses = self.again()
        self.changes = 0
        self.node.on_change = self._changed

    def _changed(self) -> None:
        self.changes += 1

    def again(self, post: Post | None = None) -> Witnesses:
        """Begin as a process begins."""
        self.witnesses = Witnesses(self.node, lambda: self.policy, self.clock, post)
        return self.witnesses

    def under(self, *lines: str) -> None:
        self.policy = Policy.parse("".join([*lines, "quorum none\n"]).encode())

    def log(self, count: int = 1) -> None:
        """Record as many statements of new sealing keys, one a head."""
        pk, life = self.world.nations[PK], (NOW, NOW + 7 * DAY)
        for _ in range(count):
            serial = self.node.store.logs.size(ORIGIN)
            public = Opener(seed(f"sealing {serial}")).public
            stated = statements.sealing_statement(pk.desk, public, life)
            sent = directory(pk, stated, [("author", pk.author)])
            (answer,) = self.world.pk.submit(sent)
            assert not answer.reason

    async def look(self) -> None:
        """Ask who is due, and wait for what they say."""
        await self.witnesses.look()
        tasks = [one.task for one in self.witnesses._asked.values() if one.task]
        await asyncio.gather(*tasks)

    def later(self, ms: int = 60_000) -> None:
        self.now += ms

    @property
    def head(self) -> StoredHead:
        return present(self.node.store.heads.newest(ORIGIN))

    def told(self) -> list[tuple[str, int, int, str]]:
        return [
            (one.name, one.size, one.cosigned_at, one.reason)
            for one in self.witnesses.status()
        ]

    def times(self, third: Third) -> dict[str, int]:
        """The first times under the newest head, by the type of the key."""
        vkeys = [Vkey.parse(text) for text in third.witness.vkeys]
        times = checkpoint.line_times(self.head.note, vkeys)
        return {
            f"0x{vkey.type:02x}": times[vkey.key] for vkey in vkeys if vkey.key in times
        }


@pytest.fixture
def asking(tmp_path: Path) -> Iterator[Asking]:
    with world(tmp_path) as made:
        yield Asking(made)


@contextmanager
def asked(asking: Asking, third: Third) -> Iterator[Served]:
    """Let the policy name a witness that answers."""
    with served(third.say) as server:
        asking.under(third.lines(server.url))
        yield server


async def told_of(asking: Asking, third: Third) -> Served:
    """Let a node that begins ask a witness once; return what that was asked."""
    with asked(asking, third) as server:
        asking.again()
        await asking.look()
    return server


def olds(server: Served) -> list[str]:
    return [body.partition(b"\n")[0].decode() for body in server.bodies]


# What it does.


async def test_a_witness_cosigns_with_both_of_its_keys(asking: Asking) -> None:
    third = Third()
    with asked(asking, third) as server:
        before = asking.told()
        await asking.look()

    size = asking.head.head.size
    at = (NOW_S + 7) * SECOND
    assert before == [(NAME, 0, 0, "")] * 2
    assert asking.told() == [(NAME, size, at, "")] * 2
    assert asking.times(third) == {"0x04": NOW_S + 7, "0x06": NOW_S + 7}
    assert server.paths == ["/add-checkpoint"]
    assert asking.changes == 1


async def test_it_is_told_of_the_log_only(asking: Asking) -> None:
    """Partners' lines are nothing to it: it ignores what it does not know."""
    asking.world.meet()
    server = await told_of(asking, Third())

    _, _, note = server.bodies[0].partition(b"\n\n")
    assert {line.name for line in parse_note(note).lines} == {ORIGIN}
    mirror = checkpoint.cosigner_name(CN)
    assert {line.name for line in parse_note(asking.head.note).lines} == {
        ORIGIN,
        mirror,
        NAME,
    }


@pytest.mark.parametrize("path", ["", "/", "/a/b", "/a/b/"])
async def test_its_url_is_a_prefix(asking: Asking, path: str) -> None:
    third = Third()
    with served(third.say) as server:
        asking.under(third.lines(server.url + path))
        await asking.look()

    assert server.paths == [f"{path.rstrip('/')}/add-checkpoint"]


@pytest.mark.parametrize("restarted", [False, True])
async def test_it_is_asked_again_once_the_log_grew(
    asking: Asking, *, restarted: bool
) -> None:
    """A restarted node knows where its witness stands."""
    third = Third()
    with asked(asking, third) as server:
        for _ in range(3):
            await asking.look()
            asking.later()
        asking.log(5)
        if restarted:
            asking.again()
        await asking.look()

    assert olds(server) == ["old 0", "old 3"]
    assert third.witness.latest[ORIGIN][0] == 8


async def test_it_is_asked_no_more_than_once_a_second(asking: Asking) -> None:
    third = Third()
    with asked(asking, third) as server:
        for _ in range(5):
            await asking.look()
            asking.log()
            asking.later(500)

    assert len(server.bodies) == 3


async def test_one_that_stands_elsewhere_says_where(asking: Asking) -> None:
    """Its line was lost with a restored database, or the witness was."""
    third = Third()
    with asked(asking, third) as server:
        await asking.look()
        asking.witnesses._lines = dict.fromkeys(
            asking.witnesses._lines, module.WitnessProgress()
        )
        asking.log(2)
        asking.later()
        await asking.look()
        third.witness.latest.clear()
        asking.log(2)
        asking.later()
        await asking.look()

    assert olds(server) == ["old 0", "old 0", "old 3", "old 5", "old 0"]
    assert [reason for *_, reason in asking.told()] == ["", ""]
    assert third.witness.latest[ORIGIN][0] == 7


async def test_of_an_idle_log_its_word_is_renewed(asking: Asking) -> None:
    """Of each key the first line stays, so that no proven time moves."""
    third = Third()
    with asked(asking, third) as server:
        await asking.look()
        first = third.time_s
        asking.later(WITNESS_REFRESH - 1)
        await asking.look()
        assert len(server.bodies) == 1
        asking.later(7 * SECOND + 1)
        third.time_s += WITNESS_REFRESH // SECOND + 60
        await asking.look()

    fresh = present(asking.node.store.heads.newest_with_lines(ORIGIN))
    vkeys = [Vkey.parse(text) for text in third.witness.vkeys]
    assert olds(server) == ["old 0", "old 3"]
    assert asking.times(third) == {"0x04": first, "0x06": first}
    times = set(checkpoint.line_times(fresh.note, vkeys).values())
    assert times == {third.time_s}
    assert {at for _, _, at, _ in asking.told()} == {third.time_s * SECOND}
    assert asking.again().status()[0].size == 0
    await asking.look()
    assert {at for _, _, at, _ in asking.told()} == {third.time_s * SECOND}


async def test_a_key_that_a_witness_has_retired_is_waited_for_no_more(
    asking: Asking,
) -> None:
    both, one = Third(), Third(post_quantum=False)
    with served(one.say) as server:
        asking.under(both.lines(server.url))
        await asking.look()
        asking.log()
        asking.later()
        await asking.look()

    assert olds(server) == ["old 0", "old 3"]
    assert [size for _, size, _, _ in asking.told()] == [4, 0]


async def test_one_without_a_url_is_asked_nothing(asking: Asking) -> None:
    third = Third()
    asking.under(third.lines(""))
    await asking.look()
    assert asking.told() == []

    for url in ("ftp://a.example", "https://u@a.example", "http://a.example/?q"):
        asking.under(third.lines(url))
        await asking.look()
        assert asking.told() == [(NAME, 0, 0, "FIELD_VALUE")] * 2
        assert asking.witnesses._asked == {}


async def test_a_forked_log_is_shown_to_nobody(asking: Asking) -> None:
    third = Third()
    with asked(asking, third) as server:
        peer_heads.freeze(asking.node, ORIGIN, b"proof")
        await asking.look()

    assert server.bodies == []


async def test_the_loop_asks_by_itself_and_ends_when_told(asking: Asking) -> None:
    cosigned = asyncio.Event()
    loop = asyncio.get_running_loop()

    def changed() -> None:
        loop.call_soon_threadsafe(cosigned.set)

    asking.node.on_change = changed
    with asked(asking, Third()) as server:
        running = asyncio.create_task(asking.witnesses.run())
        await cosigned.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    assert len(server.bodies) == 1


# Which head.


def stored(size: int, *cosigners: str) -> StoredHead:
    keys = keys_of("islamabad.pk")
    head = Head(ORIGIN, size, bytes(32))
    note = checkpoint.sign_head(head, keys.log, keys.log_pq, NOW_S)
    for name in cosigners:
        note = checkpoint.cosign(note, name, keys_of(name).mirror, NOW_S)
    return StoredHead(head, note, FILED)


def test_the_head_is_one_that_the_others_cosigned() -> None:
    """Under load a partner cosigns but some of them; one must carry all lines."""
    others = {Vkey(CN, 6, keys_of(CN).mirror.public).key}
    heads = [stored(9), stored(8, "gwadar.pk"), stored(7, CN), stored(5, CN)]

    assert module.choose(heads, others, 4).head.size == 7
    assert module.choose(heads, others, 6).head.size == 7
    assert module.choose(heads, others, 7).head.size == 9
    assert module.choose(heads, set(), 4).head.size == 9


# What it does not.


REFUSED = [400, 403, 404, 410, 418, 422, 429, 500, 503, 204, 201, 301, 302, 307, 308]


async def test_one_that_will_not_cosign_is_left_alone(asking: Asking) -> None:
    """And shown, with what it answered; the other one goes on."""
    other, status = Third(OTHER), 0

    def say(_: bytes) -> Said:
        return status, {"Location": f"{good.url}/add-checkpoint"}, b""

    with served(other.say) as good, served(say) as bad:
        asking.under(Third().lines(bad.url), other.lines(good.url))
        for count, status in enumerate(REFUSED, 1):
            asking.log()
            asking.later()
            await asking.look()
            await asking.look()
            told = asking.told()
            assert told[:2] == [(NAME, 0, 0, f"WITNESS {status}")] * 2
            assert [(size, why) for _, size, _, why in told[2:]] == [
                (asking.head.head.size, "")
            ] * 2
            assert len(good.bodies) == len(bad.bodies) == count


async def test_its_reason_goes_once_it_cosigns(asking: Asking) -> None:
    third = Third()
    said: list[Said] = [(404, {}, b"")]
    cosign = third.say
    third.say = lambda body: said.pop() if said else cosign(body)
    with asked(asking, third):
        await asking.look()
        assert {reason for *_, reason in asking.told()} == {"WITNESS 404"}
        asking.later()
        await asking.look()

    assert {reason for *_, reason in asking.told()} == {""}


async def test_it_waits_longer_from_time_to_time(asking: Asking) -> None:
    with asked(asking, Third(say=lambda _: (500, {}, b""))) as server:
        for _ in range(12):
            await asking.look()
            asking.later(SECOND)
        (witness,) = asking.witnesses._asked.values()

    assert 1 < witness.failures == len(server.bodies) < 12


CONFLICTS: list[tuple[dict[str, str], bytes, int]] = [
    ({"Content-Type": "text/x.tlog.size"}, b"0\n", 1),  # where we said that it was
    ({"Content-Type": "text/x.tlog.size"}, b"2\n", 2),  # and there it is not either
    ({"Content-Type": "text/x.tlog.size; charset=utf-8"}, b"2\n", 2),
    ({"Content-Type": "text/x.tlog.size"}, b"4\n", 1),  # it saw more than we have
    ({"Content-Type": "text/x.tlog.size"}, b"9223372036854775807\n", 1),
    ({"Content-Type": "text/x.tlog.size"}, b"9" * 19 + b"9\n", 1),
    ({"Content-Type": "text/x.tlog.size"}, b"02\n", 1),
    ({"Content-Type": "text/x.tlog.size"}, b"+2\n", 1),
    ({"Content-Type": "text/x.tlog.size"}, b"2", 1),
    ({"Content-Type": "text/x.tlog.size"}, b"2\n\n", 1),
    ({"Content-Type": "text/x.tlog.size"}, "\u0662\n".encode(), 1),
    ({"Content-Type": "text/plain"}, b"2\n", 1),
    ({}, b"2\n", 1),
]


def answering(said: Said, _: bytes) -> Said:
    return said


def made_by(make: Callable[[bytes], bytes], body: bytes) -> Said:
    return 200, {}, make(body)


async def test_a_conflict_is_answered_once(asking: Asking) -> None:
    for headers, body, count in CONFLICTS:
        said: Said = 409, headers, body
        server = await told_of(asking, Third(say=partial(answering, said)))

        assert len(server.bodies) == count, said
        assert {reason for *_, reason in asking.told()} == {"WITNESS 409"}, said


@pytest.mark.parametrize("status", [200, 404])
async def test_only_a_conflict_tells_a_size(asking: Asking, status: int) -> None:
    said = status, {"Content-Type": "text/x.tlog.size"}, b"2\n"
    server = await told_of(asking, Third(say=lambda _: said))

    assert len(server.bodies) == 1


def line_of(body: bytes, name: str = NAME) -> bytes:
    """The Ed25519 line of another witness of that name, with that name's key."""
    return Witness(
        name, {ORIGIN: keys_of("islamabad.pk").log.public}, lambda: NOW_S, ed=ed(NAME)
    ).say(body)[2]


def flipped(line: bytes, at: int) -> bytes:
    """The line with a bit of its blob flipped."""
    head, _, blob = line[:-1].rpartition(b" ")
    raw = bytearray(base64.b64decode(blob))
    raw[at] ^= 1
    return head + b" " + base64.b64encode(raw) + b"\n"


ANSWERS: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "nothing": (lambda _: b"", "NOTE"),
    "an empty line": (lambda _: b"\n", "NOTE"),
    "no line": (lambda _: b"done\n", "NOTE"),
    "no base64": (lambda _: f"\u2014 {NAME} !\n".encode(), "NOTE"),
    "no end": (lambda body: line_of(body)[:-1], "NOTE"),
    "another text": (lambda body: b"text\n\n" + line_of(body), "NOTE"),
    "its own head": (lambda body: body.partition(b"\n\n")[2] + line_of(body), "NOTE"),
    "not UTF-8": (lambda body: b"\xff" + line_of(body), "NOTE"),
    "too many": (lambda body: line_of(body, "x.example") * 33, "NOTE"),
    "a stranger's": (lambda body: line_of(body, "x.example"), "WITNESS 200"),
    "another key": (lambda body: flipped(line_of(body), 0), "WITNESS 200"),
    "another time": (lambda body: flipped(line_of(body), 11), "COSIGNATURE"),
    "a bad signature": (lambda body: flipped(line_of(body), -1), "COSIGNATURE"),
    "a short one": (
        lambda body: line_of(body).replace(b"\n", b"")[:-40] + b"\n",
        "COSIGNATURE",
    ),
    "a good one and a bad one": (
        lambda body: line_of(body) + flipped(line_of(body), -1),
        "COSIGNATURE",
    ),
    "more than any": (
        lambda body: line_of(body) + b"x" * WITNESS_ANSWER_MAX,
        "SIZE",
    ),
}


async def test_what_does_not_verify_is_kept_nowhere(asking: Asking) -> None:
    before = asking.head.note
    for what, (make, reason) in ANSWERS.items():
        say = partial(made_by, make)
        await told_of(asking, Third(say=say, post_quantum=False))

        assert asking.told() == [(NAME, 0, 0, reason)], what
        assert asking.head.note == before, what


async def test_a_line_under_another_head_does_not_count(asking: Asking) -> None:
    """A hostile one cosigns what it was shown before, not what it is asked."""
    shown: list[bytes] = []

    def say(body: bytes) -> Said:
        shown.append(body)
        return 200, {}, line_of(shown[0])

    with asked(asking, Third(say=say, post_quantum=False)):
        await asking.look()
        asking.log()
        asking.later()
        await asking.look()

    assert asking.told() == [(NAME, 3, NOW_S * SECOND, "COSIGNATURE")]
    assert {line.name for line in parse_note(asking.head.note).lines} == {ORIGIN}


async def test_unknown_lines_beside_a_good_one_are_dropped(asking: Asking) -> None:
    say = partial(made_by, lambda body: line_of(body, "x.example") + line_of(body))
    await told_of(asking, Third(say=say, post_quantum=False))

    assert asking.told() == [(NAME, 3, NOW_S * SECOND, "")]
    assert {line.name for line in parse_note(asking.head.note).lines} == {ORIGIN, NAME}


async def test_a_head_that_is_gone_by_then_loses_its_line_only(
    asking: Asking,
) -> None:
    third = Third()

    def say(body: bytes) -> Said:
        asking.log()
        asking.node.store.heads.prune(ORIGIN, [3])
        return third.witness.say(body)

    third.say = say
    await told_of(asking, third)

    assert {(size, reason) for _, size, _, reason in asking.told()} == {(3, "")}


async def test_what_the_store_refuses_is_shown(
    asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise Refusal(Reason.DISK)

    monkeypatch.setattr(asking.node.store.heads, "add_lines", full)
    await told_of(asking, Third())

    assert asking.told() == [(NAME, 0, 0, "DISK")] * 2


# What holds up nothing.


async def test_one_that_never_answers_holds_nobody_up(asking: Asking) -> None:
    """Neither the other one, nor the next look, nor the end."""
    silent, other = threading.Event(), Third(OTHER)

    def say(_: bytes) -> Said:
        silent.wait()
        return 500, {}, b""

    with served(say) as bad, served(other.say) as good:
        asking.under(Third().lines(bad.url), other.lines(good.url))
        for _ in range(2):
            await asking.witnesses.look()
            (good_one,) = (
                asked
                for url, asked in asking.witnesses._asked.items()
                if url.startswith(good.url)
            )
            assert good_one.task is not None
            await good_one.task
            asking.log()
            asking.later()
        silent_one = next(iter(asking.witnesses._asked.values()))
        calling = present(silent_one.task)
        assert not calling.done()
        started = [t for t in threading.enumerate() if t.name == "witness"]
        assert {thread.daemon for thread in started} == {True}
        assert len(good.bodies) == 2

        calling.cancel()
        await asyncio.wait([calling])
        await asking.witnesses.look()  # its thread is still there: not asked again
        assert silent_one.task is calling
        assert len(bad.bodies) == 1
        silent.set()


async def test_what_is_under_way_ends_with_the_loop(asking: Asking) -> None:
    silent, called = threading.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def post(_url: str, _body: bytes) -> WitnessAnswer:
        loop.call_soon_threadsafe(called.set)
        silent.wait()
        return WitnessAnswer(500, "", b"")

    asking.under(Third().lines("http://a.example"))
    witnesses = asking.again(post)
    running = asyncio.create_task(witnesses.run())
    await called.wait()
    running.cancel()
    (asked,) = witnesses._asked.values()
    assert asked.task is not None
    await asyncio.wait([running, asked.task])
    silent.set()

    assert asked.task.cancelled()


def broken(_url: str, _body: bytes) -> WitnessAnswer:
    raise RuntimeError


@pytest.mark.parametrize("post", [None, broken], ids=["nobody", "whatever goes wrong"])
async def test_one_that_cannot_be_reached_is_shown(
    asking: Asking, post: Post | None
) -> None:
    with served(Third().say) as server:
        pass
    asking.under(Third().lines(server.url))
    asking.again(post)
    await asking.look()

    assert {reason for *_, reason in asking.told()} == {"UNREACHABLE"}


# Over HTTP.


def test_no_proxy_of_the_environment_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with (
        served(lambda _: (200, {}, b"proxy")) as proxy,
        served(lambda _: (200, {}, b"witness")) as server,
    ):
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        answer = Http().post(f"{server.url}/add-checkpoint", b"old 0\n")

    assert answer == WitnessAnswer(200, "", b"witness")
    assert proxy.bodies == []


def test_nothing_is_unpacked() -> None:
    packed = {"Content-Encoding": "gzip"}
    with served(lambda _: (200, packed, b"\x1f\x8b bomb")) as server:
        answer = Http().post(server.url, b"")

    assert answer.body == b"\x1f\x8b bomb"


def test_an_answer_of_the_largest_size_and_no_more() -> None:
    sizes = [WITNESS_ANSWER_MAX, WITNESS_ANSWER_MAX + 1, WITNESS_ANSWER_MAX]
    with served(lambda _: (200, {}, bytes(sizes.pop(0)))) as server:
        http = Http()
        assert len(http.post(server.url, b"").body) == WITNESS_ANSWER_MAX
        with pytest.raises(Refusal) as caught:
            http.post(server.url, b"")
        assert len(http.post(server.url, b"").body) == WITNESS_ANSWER_MAX

    assert caught.value.reason is Reason.SIZE


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Length": "9"},  # and then fewer
        {"Content-Length": "-1"},
        {"Content-Length": "x"},
        {"Transfer-Encoding": "chunked"},  # and then no chunk
        {f"X-{n}": "y" for n in range(200)},
        {"X": "y" * 70_000},
    ],
)
def test_an_answer_that_is_not_whole_is_none(headers: dict[str, str]) -> None:
    """Or it is taken for what came, which then has to verify."""
    closing = {"Connection": "close", **headers}
    with (
        served(lambda _: (200, closing, b"short")) as server,
        suppress(Unreachable),
    ):
        assert Http().post(server.url, b"").body == b"short"
