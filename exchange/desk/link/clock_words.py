"""Clock faults in words of the language in use: for commands and terminal."""

from exchange.desk.status_records import ClockState
from exchange.words import say
from exchange.words.ages import apart


def describe_clock(state: ClockState) -> str:
    """Return by how much the clock is wrong, and according to whom."""
    far = apart(state.apart)
    if not state.by:
        back, on = say("this clock is {time} back"), say("this clock is {time} on")
        return (back if state.apart > 0 else on).format(time=far)
    behind = say("this clock is {time} behind {node}")
    ahead = say("this clock is {time} ahead of {node}")
    return (behind if state.apart > 0 else ahead).format(time=far, node=state.by)
