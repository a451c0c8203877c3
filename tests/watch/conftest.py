"""Two running nodes and the homes of their desks, and a watch of one of them."""

from tests.cli import conftest as cli_fixtures
from tests.cli.desk import conftest as desk_fixtures

cheap, fusion, made, home, homes = (
    cli_fixtures.cheap,
    cli_fixtures.fusion,
    cli_fixtures.made,
    cli_fixtures.home,
    cli_fixtures.homes,
)
pair, at, stopped = desk_fixtures.pair, desk_fixtures.at, desk_fixtures.stopped
