"""A running node takes up what is imported or issued again, and cuts who is revoked."""

import asyncio
import logging
import shutil
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest
from msgspec.structs import replace

from exchange import config
from exchange.cli import options
from exchange.errors import Reason, Refusal, Unreachable
from exchange.home.nation import unlock_nation
from exchange.home.partner_bundles import install_partner
from exchange.home.trust_files import own_bundle
from exchange.limits import DAY
from exchange.net import desk_client
from exchange.net.link_state import RENEWAL
from exchange.net.links import Links
from exchange.net.renewals import LOOK, Renewals
from exchange.trust import bundle as bundles
from exchange.trust import entries
from exchange.v1 import desk_service_pb2 as desk_pb
from exchange.v1 import envelope_pb2 as pb
from exchange.v1 import trust_pb2
from keys import tls
from tests.expecting import present
from tests.net.conftest import PASSPHRASE, authority
from tests.net.home_editions import next_edition
from tests.net.test_clocks import Wrong, served
from tests.net.test_link import CN, PK, Pair, Site, held, linked, pair, until
from tests.tls_keys import http2_context, public_of
from tests.trust.editions import name_successors, roots
from tests.trust.nation import Nation, revocation
from tests.trust.test_later_editions import signed

__all__ = ["pair"]

SOON = 1.0  # s in which a running node does what an import or an entry asks for
LOOKS = int(SOON / LOOK)  # in which it has done so, however busy the machine is
STANDSTILL = 60.0  # s after which a test gives up


def spki_of(site: Site, part: str = "node") -> bytes:
    return tls.spki_hash((site.home / part / "tls.crt").read_bytes())


def bundle_file(site: Site, domain: str) -> Path:
    return config.node_home(site.home).trust / f"{domain}.bundle"


@dataclass(frozen=True)
class Looks:
    """How often nodes have looked at their homes and their callers, by their names."""

    counts: Counter[str]

    @contextmanager
    def few(self, node: str) -> Iterator[None]:
        """Fail where a node looks more than LOOKS times before the block has ended."""
        began = self.counts[node]
        yield
        assert self.counts[node] - began <= LOOKS


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> Looks:
    counted = Looks(Counter())
    turn_away = Renewals._turn_away

    async def count(self: Renewals) -> None:
        await turn_away(self)
        counted.counts[self._node.name] += 1

    monkeypatch.setattr(Renewals, "_turn_away", count)
    return counted


def alarms(links: Links) -> list[tuple[str, str]]:
    status = desk_pb.GetStatusResponse()
    links.states.describe(status)
    return [(alarm.reason, alarm.where) for alarm in status.alarms]


# Bundles.


async def test_a_partner_that_is_imported_while_the_node_runs_is_linked(
    pair: Pair,
) -> None:
    carried = [own_bundle(site.home).data for site in pair]
    for site, domain in zip(pair, ("cn", "pk"), strict=True):
        bundle_file(site, domain).unlink()
        await site.start()
    assert [site.node.members.peers for site in pair] == [[], []]

    for site, data in zip(pair, reversed(carried), strict=True):
        install_partner(site.home, data)
    await until(lambda: all(site.node.members.peers for site in pair))
    await until(lambda: held(pair))


async def test_a_renewed_bundle_ends_no_stream_of_who_is_pinned_still(
    pair: Pair, links_of: dict[str, Links]
) -> None:
    await linked(pair)
    pk, cn = pair
    before = {name: links_of[name]._up[peer] for name, peer in ((PK, CN), (CN, PK))}

    install_partner(pk.home, next_edition(cn.home))
    await until(lambda: pk.node.members.nation("cn").serial > own_serial(cn))
    await asyncio.sleep(2 * SOON)
    assert links_of[PK]._up[CN] is before[PK]
    assert links_of[CN]._up[PK] is before[CN]


def own_serial(site: Site) -> int:
    return bundles.load(bundle_file(site, site.node.name.partition(".")[2])).serial


def damage(_: Site, path: Path) -> None:
    path.write_bytes(b"damaged")


def roll_back(_: Site, path: Path) -> None:
    path.write_bytes(path.with_suffix(".before").read_bytes())


def replace_by_anothers(_: Site, path: Path) -> None:
    path.write_bytes(Nation("cn", "beijing").data)


def remove(_: Site, path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (damage, Reason.BUNDLE),
        (roll_back, Reason.SERIAL),
        (replace_by_anothers, Reason.BUNDLE),
        (remove, Reason.BUNDLE),
    ],
)
async def test_a_bundle_that_may_not_stand_changes_nothing_and_is_told_once(
    pair: Pair,
    links_of: dict[str, Links],
    caplog: pytest.LogCaptureFixture,
    spoil: Callable[[Site, Path], None],
    reason: Reason,
) -> None:
    pk, cn = pair
    path = bundle_file(pk, "cn")
    shutil.copy(path, path.with_suffix(".before"))
    install_partner(pk.home, next_edition(cn.home))
    good = path.read_bytes()
    await linked(pair)
    before = pk.node.members.nation("cn")
    up = links_of[PK]._up[CN]

    with caplog.at_level(logging.WARNING):
        spoil(pk, path)
        alarm = (reason, "node/trust/cn.bundle")
        await until(lambda: alarm in alarms(links_of[PK]))
        await asyncio.sleep(SOON)
    assert pk.node.members.nation("cn") is before
    assert links_of[PK]._up[CN] is up
    told = [line for line in caplog.messages if "cn.bundle" in line]
    assert told == [f"{RENEWAL} for node/trust/cn.bundle: {reason}"]

    path.write_bytes(good)
    await until(lambda: not alarms(links_of[PK]))


def with_line_of_roots(site: Site, serial: int, *, reordered: bool = False) -> bytes:
    """Return an edition whose nation had new roots twice; `site` has the first ones."""
    first = present(unlock_nation(config.nation_home(site.home), PASSPHRASE).roots)
    line = [first, roots(1, "cn"), roots(2, "cn")]
    plain = trust_pb2.TrustBundle.FromString(
        trust_pb2.SignedTrustBundle.FromString(own_bundle(site.home).data).bundle
    )
    plain.serial = serial
    plain.root_ed25519, plain.root_ml_dsa_44 = (one.public for one in line[-1])
    named = [name_successors(by, to, n) for n, (by, to) in enumerate(pairwise(line), 1)]
    plain.earlier.extend(reversed(named) if reordered else named)
    return signed(plain, *line[-1])


async def test_a_reordered_line_of_roots_is_not_imported_and_changes_nothing(
    pair: Pair, links_of: dict[str, Links]
) -> None:
    """Nor where somebody puts the file there by hand."""
    await linked(pair)
    pk, cn = pair
    path, serial = bundle_file(pk, "cn"), own_serial(cn)
    install_partner(pk.home, with_line_of_roots(cn, serial + 1), compared=True)
    await until(lambda: pk.node.members.nation("cn").serial == serial + 1)
    before, good = pk.node.members.nation("cn"), path.read_bytes()
    up = links_of[PK]._up[CN]
    reordered = with_line_of_roots(cn, serial + 2, reordered=True)

    with pytest.raises(Refusal, match=Reason.BUNDLE):
        install_partner(pk.home, reordered, compared=True)
    assert path.read_bytes() == good

    path.write_bytes(reordered)
    alarm = (Reason.BUNDLE, "node/trust/cn.bundle")
    await until(lambda: alarm in alarms(links_of[PK]))
    assert pk.node.members.nation("cn") is before
    assert links_of[PK]._up[CN] is up


async def test_a_bundle_rolled_back_while_the_node_was_stopped_is_not_begun_with(
    pair: Pair,
) -> None:
    """Also where only the running node took the later edition up."""
    pk, cn = pair
    path = bundle_file(pk, "cn")
    before = path.read_bytes()
    await pk.start()
    install_partner(pk.home, next_edition(cn.home))
    newest = own_bundle(cn.home).serial
    await until(lambda: pk.node.members.nation("cn").serial == newest)
    await pk.stop()

    path.write_bytes(before)
    with pytest.raises(Refusal) as refusal:
        await pk.start()
    assert refusal.value.reason is Reason.SERIAL
    assert refusal.value.where == "node/trust/cn.bundle"

    install_partner(pk.home, next_edition(cn.home))
    await pk.start()
    assert pk.node.members.nation("cn").serial == newest + 1


# Certificates.


def renewed(site: Site, at: int = 0, days: int = 45) -> bytes:
    """Return another certificate for a node's key; its life begins in `at` ms."""
    key, _ = config.read_tls(config.node_home(site.home))
    now = options.now() + at
    return tls.issue(
        authority(site.home),
        tls.spiffe_of("node", site.home.name),
        public_of(key),
        now,
        days,
    )


def shown_at(site: Site) -> bytes:
    """Return the certificate (DER) that a node shows in a handshake."""
    host, _, port = site.endpoint.listen.rpartition(":")
    with (
        socket.create_connection((host, int(port)), 10) as raw,
        http2_context().wrap_socket(raw) as wire,
    ):
        return wire.getpeercert(binary_form=True) or b""


async def test_a_renewed_certificate_is_shown_without_a_restart_and_ends_no_stream(
    pair: Pair, links_of: dict[str, Links], looks: Looks
) -> None:
    await linked(pair)
    pk = pair[0]
    before = {name: links_of[name]._up[peer] for name, peer in ((PK, CN), (CN, PK))}
    new = renewed(pk)
    config.node_home(pk.home).tls_cert.write_bytes(new)

    with looks.few(PK):
        while await asyncio.to_thread(shown_at, pk) != tls.certificate_der(new):
            pass
    await asyncio.sleep(SOON)
    assert links_of[PK]._up[CN] is before[PK]
    assert links_of[CN]._up[PK] is before[CN]


async def test_a_node_that_dials_shows_its_renewed_certificate(
    pair: Pair, links_of: dict[str, Links]
) -> None:
    """Beijing dials; once its link breaks, the next one is made with the new one."""
    await linked(pair)
    cn = pair[1]
    new = renewed(cn)
    config.node_home(cn.home).tls_cert.write_bytes(new)
    while await asyncio.to_thread(shown_at, cn) != tls.certificate_der(new):
        pass

    before = links_of[PK]._up[CN]
    links_of[CN]._up[PK].task.cancel()
    await until(lambda: links_of[PK]._up.get(CN, before) is not before)
    shown = links_of[PK]._up[CN].link.leaf
    assert tls.certificate_der(shown) == tls.certificate_der(new)


async def test_a_certificate_of_another_key_or_authority_is_not_shown(
    pair: Pair, links_of: dict[str, Links]
) -> None:
    await linked(pair)
    pk, cn = pair
    place = config.node_home(pk.home)
    good = place.tls_cert.read_bytes()
    key = config.read_tls(place)[0]
    now, alarm = options.now(), (Reason.KEY_FILE, "node/tls.crt")
    for wrong in (
        tls.issue(
            authority(pk.home), tls.spiffe_of("node", PK), public_of(tls.new_key()), now
        ),
        tls.issue(authority(cn.home), tls.spiffe_of("node", PK), public_of(key), now),
        tls.issue(
            authority(pk.home), tls.spiffe_of("node", "lahore.pk"), public_of(key), now
        ),
        b"nonsense",
    ):
        place.tls_cert.write_bytes(wrong)
        await until(lambda: alarm in alarms(links_of[PK]))
        assert await asyncio.to_thread(shown_at, pk) == tls.certificate_der(good)
        place.tls_cert.write_bytes(good)
        await until(lambda: not alarms(links_of[PK]))


@pytest.mark.parametrize("whose", [0, 1], ids=["dialled", "dialler"])
async def test_a_certificate_that_ends_while_the_link_is_up_is_named_and_then_renewed(
    pair: Pair,
    links_of: dict[str, Links],
    caplog: pytest.LogCaptureFixture,
    whose: int,
) -> None:
    """Seen from both ends: never UNREACHABLE; a renewed one brings the link back."""
    site, other = pair[whose], pair[1 - whose]
    place = config.node_home(site.home)
    place.tls_cert.write_bytes(renewed(site, at=4_000 - DAY, days=1))
    with caplog.at_level(logging.WARNING):
        await linked(pair)
        over = Reason.CERTIFICATE_TIME
        mine, theirs = (
            links_of[one.node.name].states.of(two.node.name)
            for one, two in ((site, other), (other, site))
        )
        await until(lambda: theirs.reason == over and mine.reason == over)
        await until(lambda: (over, "node/tls.crt") in alarms(links_of[site.node.name]))
        reasons = set()
        for _ in range(100):
            reasons |= {mine.reason, theirs.reason}
            await asyncio.sleep(0.02)
    assert reasons == {over}
    assert any("node/tls.crt ended on 20" in line for line in caplog.messages)
    assert any(f"link to {site.node.name}: {over}" in x for x in caplog.messages)

    place.tls_cert.write_bytes(renewed(site))
    await until(lambda: mine.up and theirs.up)
    await until(lambda: not alarms(links_of[site.node.name]))


@pytest.mark.parametrize("step", [12 * 365 * DAY, -12 * 365 * DAY])
async def test_a_wall_clock_that_jumps_cuts_nobody(
    pair: Pair, links_of: dict[str, Links], step: int
) -> None:
    """The node goes on by elapsed time until somebody bears the wall clock out."""
    cn, wrong = pair[1], Wrong()
    async with served(pair[0].home, wrong.clock()):
        await cn.start()
        await until(lambda: CN in links_of[PK]._up)
        up = links_of[PK]._up[CN]
        wrong.step = step
        await asyncio.sleep(2 * SOON)
        assert links_of[PK]._up[CN] is up


# Desks.


@pytest.fixture
def desk_tls(pair: Pair) -> desk_client.Tls:
    """What the desk of Islamabad shows over TCP."""
    home = pair[0].home
    root = own_bundle(home).tls_roots_pem
    key, certificate = config.read_tls(config.desk_home(home))
    return desk_client.Tls(root, key, certificate, "islamabad.pk.fusion")


def state_revocation(site: Site, part: str) -> pb.Envelope:
    """Let the issuer revoke the certificate of the node, or of its desk."""
    keys = unlock_nation(config.nation_home(site.home), PASSPHRASE)
    assert keys.issuer is not None
    now, node = options.now(), site.node.name
    subject = node if part == "node" else f"ops.{node}"
    statement = revocation(subject, spki_of(site, part), now)
    signers = [("issuer", keys.issuer)]
    return entries.directory_envelope(statement, node, signers, now)


async def test_a_node_that_its_own_log_revokes_is_cut_as_soon_as_that_is_here(
    pair: Pair, links_of: dict[str, Links], looks: Looks
) -> None:
    await linked(pair)
    pk, cn = pair

    def revoked() -> bool:
        directory = pk.node.members.directory(CN)
        return directory is not None and bool(directory.revoked_since(spki_of(cn), CN))

    await cn.submit(state_revocation(cn, "node"))
    await until(revoked)
    with looks.few(PK):
        await until(lambda: CN not in links_of[PK]._up)
    state = links_of[PK].states.of(CN)
    await until(lambda: state.reason == Reason.NOT_PINNED)


@pytest.mark.parametrize("whose", ["desk", "node"])
async def test_a_desk_is_told_that_a_certificate_has_ended(
    pair: Pair, desk_tls: desk_client.Tls, whose: str
) -> None:
    """Its own one, or the one of its node: both look like a node that is not there."""
    pk = pair[0]
    now, ca = options.now() - 60_000, authority(pk.home)
    place = config.node_home(pk.home)
    if whose == "node":
        place.tls_cert.write_bytes(renewed(pk, -60_000, 0))
    else:
        public = public_of(desk_tls.key)
        over = tls.issue(ca, tls.spiffe_of("desk", f"ops.{PK}"), public, now, 0)
        desk_tls = replace(desk_tls, certificate=over)
    await pk.start()
    line = desk_client.channel(pk.endpoint.listen, desk_tls)
    caller = desk_client.NodeClient(line, shown=desk_tls)

    with pytest.raises(Unreachable) as told:
        await asyncio.to_thread(caller.status)
    caller.close()
    assert told.value.reason is Reason.CERTIFICATE_TIME
    assert told.value.where == {"desk": "tls.crt", "node": "node"}[whose]
