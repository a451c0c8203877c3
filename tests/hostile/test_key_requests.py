"""Requests for keys and certificates by who may not have them."""

from collections.abc import Callable

import pytest

from exchange.errors import Refusal
from exchange.trust import wire
from exchange.trust.enrol import requests
from tests.trust.test_enrol import named_by_x400, named_twice, node_request, of_no_curve


@pytest.mark.parametrize("make", [named_twice, named_by_x400, of_no_curve])
def test_a16_a_hostile_certificate_request_is_refused(
    make: Callable[[], bytes],
) -> None:
    """Errors of the library that are no ValueError, as any error is an Exception."""
    request = node_request()
    request.tls_request = make()

    with pytest.raises(Refusal, match="tls_request"):
        requests.read_request(wire.encode(request))
