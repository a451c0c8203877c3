"""What a test expects in passing: that a call is refused, that a thing is there."""

from typing import TypeVar

import pytest

from exchange.errors import Refusal

Thing = TypeVar("Thing")


def refused(*reasons: str, where: str | None = None) -> pytest.RaisesExc[Refusal]:
    """Expect of a call within that it is refused for one of these reasons, there."""

    def check(error: Refusal) -> bool:
        return error.reason in reasons and where in {None, error.where}

    return pytest.RaisesExc(Refusal, check=check)


def present(thing: Thing | None) -> Thing:
    assert thing is not None
    return thing
