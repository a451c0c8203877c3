"""What a test expects in passing: that a call is refused, that a thing is there."""

from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TypeVar

import pytest

from exchange.errors import FusionError, Reason, Refusal

Thing = TypeVar("Thing")
Error = TypeVar("Error", bound=FusionError)


@contextmanager
def failing(
    error: type[Error],
    reason: str | Collection[str] | None = None,
    where: str | None = None,
    match: str | None = None,
) -> Iterator[pytest.ExceptionInfo[Error]]:
    """Expect an error for a reason, or one of several; what is not given is free."""
    with pytest.raises(error, match=match) as caught:
        yield caught
    reasons = {reason} if isinstance(reason, str) else reason
    assert reasons is None or caught.value.reason in reasons
    assert where is None or caught.value.where == where


def refusing(
    reason: str | Collection[str] | None = None,
    where: str | None = None,
    match: str | None = None,
) -> AbstractContextManager[pytest.ExceptionInfo[Refusal]]:
    """Expect a Refusal for a reason, or one of several; what is not given is free."""
    return failing(Refusal, reason, where, match)


def refused(
    call: Callable[..., object], *given: object, **named: object
) -> tuple[Reason, str]:
    """Return the reason of the Refusal in which a call ends, and its place."""
    with refusing() as caught:
        call(*given, **named)
    return caught.value.reason, caught.value.where


def present(thing: Thing | None) -> Thing:
    assert thing is not None
    return thing
