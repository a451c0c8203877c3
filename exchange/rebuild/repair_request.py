"""The file that asks a running node for a repair (home_repair.py).

Separate from the repair: a serving node checks for it, and seldom repairs.
"""

from pathlib import Path

from exchange.config import NodeHome

LOOK = 0.2  # s between two checks


def request_file(node: NodeHome) -> Path:
    return node.folder / "repair.asked"


def take_request(node: NodeHome) -> bool:
    try:
        request_file(node).unlink()
    except FileNotFoundError:
        return False
    return True
