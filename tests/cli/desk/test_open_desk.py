"""A desk that stays open while operators renew and import: nobody opens it again."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from exchange import config, envelope
from exchange.desk.client import Desk
from exchange.desk.terminal.desk import TerminalDesk
from exchange.home.partner_bundles import install_partner
from exchange.home.trust_files import own_bundle
from tests.cli.conftest import PASSPHRASE
from tests.cli.desk.conftest import CN, AtDesk, Pair, make, serving, serving_pair
from tests.desk.bench import said
from tests.net.home_editions import next_edition
from tests.trust.nation import Nation
from tests.watch.test_watch import until

KZ = "astana.kz"


@contextmanager
def opened(home: Path, officer: str) -> Iterator[tuple[Desk, TerminalDesk]]:
    """Open a desk as the terminal does, which follows its node meanwhile."""
    with Desk.open(home, officer, PASSPHRASE) as desk:
        view = TerminalDesk(desk)
        view.start()
        try:
            yield desk, view
        finally:
            view.stop()


def signed_by(desk: Desk, name: bytes) -> bytes:
    return envelope.split(desk.mailbox.messages.read(name).entry).core.author


def test_it_signs_with_the_next_key_and_asks_nobody_for_a_passphrase(
    pk: AtDesk, cn: AtDesk
) -> None:
    with opened(pk.home, "duty-1") as (desk, view):
        before = desk.officer.signer.kid
        pk.json("keys", "renew", "--officer", "duty-1")
        until(lambda: desk.officer.signer.kid != before)

        name = view.submit(said(Nation("pk", "islamabad"), to=[f"ops.{CN}"]))

        file = pk.place.officer_key("duty-1")
        assert signed_by(desk, name) == desk.officer.signer.kid
        assert desk.officer.signer.kid == config.unlock(file, PASSPHRASE, "officer").kid
    pk.until_cosigned(name.hex())
    shown = cn.until_cosigned(name.hex())
    assert shown["verdict"] == "ACCEPTED"


def test_it_does_not_open_with_an_earlier_edition_than_it_had(
    pk: AtDesk, cn: AtDesk
) -> None:
    path = pk.place.trust / "cn.bundle"
    first = path.read_bytes()
    try:
        with opened(pk.home, "duty-1") as (desk, _):
            serial = desk.pinned.bundles["cn"].serial
            path.write_bytes(next_edition(cn.home, passphrase=PASSPHRASE))
            until(lambda: desk.pinned.bundles["cn"].serial == serial + 1)
        path.write_bytes(first)

        result = pk("list").ended(2, "SERIAL")
        assert "desk/trust/cn.bundle" in result.err
        path.write_bytes(next_edition(cn.home, passphrase=PASSPHRASE))
        assert pk("list").code == 0
    finally:
        path.write_bytes(own_bundle(cn.home).data)


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory, cheap: None) -> Iterator[Pair]:  # noqa: ARG001 - first
    with serving_pair(tmp_path_factory.mktemp("two")) as made:
        yield made


def test_it_writes_to_a_nation_that_was_imported_meanwhile(
    two: Pair, tmp_path: Path
) -> None:
    kz = make(tmp_path / KZ)
    homes = two.pk, two.cn, kz
    with opened(two.pk, "duty-1") as (desk, view):
        assert view.desks() == [f"ops.{CN}"]
        for home in homes:
            for other in homes:
                if home in {kz, two.pk} and other != home:
                    install_partner(home, own_bundle(other).data)
        with serving(kz):
            until(lambda: f"ops.{KZ}" in view.desks())

            label = {"tlp": "AMBER", "releasable_to": ["cn", "kz", "pk"]}
            draft = said(Nation("pk", "islamabad"), to=[f"ops.{KZ}"], label=label)
            name = view.submit(draft)

            until(lambda: f"ops.{CN}" in view.desks())
            with opened(kz, "duty-1") as (reader, _):
                until(lambda: reader.mailbox.messages.knows(name))
        assert desk.agree() is not False
