"""A node that joins a nation whose roots are no longer the first."""

from pathlib import Path

from exchange import config
from exchange.home.plan import Plan, check_plan, make
from exchange.home.trust_files import read_bundle, read_envelopes
from exchange.trust.directory import Directory
from exchange.trust.enrol.issued_statements import judge_all
from tests.cli.conftest import NOW, PASSPHRASE, Fusion


def test_its_log_is_begun_by_the_roots_of_today(
    home: Path, tmp_path: Path, fusion: Fusion
) -> None:
    late, asked, answer = tmp_path / "late", tmp_path / "asked", tmp_path / "answer"
    make(late, check_plan(Plan(node="lahore.pk")), PASSPHRASE, NOW)
    for arguments, signs in (
        (("keys", "renew", "--roots", "--home", home, "--yes"), True),
        (("keys", "request", "--home", late, "--out", asked), False),
        (("keys", "issue", asked, "--home", home, "--yes", "--out", answer), True),
        (("keys", "install", answer, "--home", late, "--yes"), False),
    ):
        result = fusion(*arguments, words=PASSPHRASE if signs else None)
        assert result.code == 0, (arguments, result.err)
    bundle = read_bundle(config.nation_home(home).bundle)
    assert len(bundle.earlier) == 1

    directory = Directory("lahore.pk", bundle)
    judge_all(read_envelopes(config.node_home(late).inbox), directory)

    assert directory.roots().keys() == bundle.pair.by_kid.keys()
