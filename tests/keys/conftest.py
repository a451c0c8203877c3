"""Here keystores are what is tested: each key is derived."""

from collections.abc import Iterator
from unittest.mock import patch

import pytest

from keys import keystore
from tests.quick import DERIVE


@pytest.fixture(scope="package", autouse=True)
def derived_each_time() -> Iterator[None]:
    with patch.object(keystore, "_derive", DERIVE):
        yield
