"""The refusal in which a call must end."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from exchange.errors import Reason, Refusal


@contextmanager
def refusing(
    reason: str | None = None, where: str | None = None, match: str | None = None
) -> Iterator[pytest.ExceptionInfo[Refusal]]:
    """Expect a Refusal; what is not given of it may be anything."""
    with pytest.raises(Refusal, match=match) as caught:
        yield caught
    assert reason is None or caught.value.reason == reason
    assert where is None or caught.value.where == where


def refused(
    call: Callable[..., object], *given: object, **named: object
) -> tuple[Reason, str]:
    """Return the reason of the Refusal in which a call ends, and its place."""
    with refusing() as caught:
        call(*given, **named)
    return caught.value.reason, caught.value.where
