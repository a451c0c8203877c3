"""Numbers at the edge of what a type holds, in files and calls that others make."""

import json

import pytest

from exchange import config
from exchange.config import DeskHome, NodeHome
from exchange.errors import Reason
from exchange.home.backup_file import Manifest
from exchange.node import views
from tests import test_config as origin
from tests.expecting import refusing
from tests.node.world import World

node = origin.node
desk = origin.desk


@pytest.mark.parametrize("value", ["Infinity", "-Infinity", "NaN", "1e999"])
def test_t8_a_time_that_is_no_number_in_a_backup(value: str) -> None:
    said = json.dumps({"version": 2, "desk": "ops", "files": [], "rows": {}})
    with refusing(Reason.INPUT):
        Manifest.parse(f'{said[:-1]}, "made": {value}}}'.encode())


def test_t8_an_integer_of_5_000_digits_in_the_settings(
    node: NodeHome, desk: DeskHome
) -> None:
    many = f'name = "a"\nconnect_s = {"9" * 5_000}\n'
    node.config.write_text(many)
    with refusing(Reason.INPUT):
        config.read_node(node)
    desk.config.write_text(many)
    with refusing(Reason.INPUT):
        config.read_desk(desk)


@pytest.mark.parametrize("after", [2**63, 2**64 - 1])
def test_t8_a_watch_after_more_than_any_database_holds(
    world: World, after: int
) -> None:
    with refusing(Reason.POSITION):
        views.check_mark(world.pk.node, after, "")
