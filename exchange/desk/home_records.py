"""What a terminal may ask of the home that its desk lies in, beside the desk itself.

The home is above the desk: whoever opens the terminal hands these in.
"""

from collections.abc import Callable
from dataclasses import dataclass

from exchange.browsed_logs import LogShelf


@dataclass(frozen=True, slots=True)
class HomeHere:
    """The home of a terminal's desk: each opens a part of it, when it is asked for.

    None where the home offers no such thing. They raise FusionError: for a worker.
    """

    logs: Callable[[], LogShelf] | None = None


NO_HOME = HomeHere()
"""Of a desk that is opened without its home."""
