"""The file by which a running node is asked for a repair (home_repair.py).

Apart from the repair, since a node that serves looks at it and seldom repairs.
"""

from pathlib import Path

from exchange.config import NodeHome

LOOK = 0.2  # s between two looks at what the other has left


def request_file(node: NodeHome) -> Path:
    """Return the place of the file."""
    return node.folder / "repair.asked"


def take_request(node: NodeHome) -> bool:
    """Take away what asks the running node for a repair; whether there was any."""
    try:
        request_file(node).unlink()
    except FileNotFoundError:
        return False
    return True
