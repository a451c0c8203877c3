"""Every refusal crosses the wire as itself."""

import grpc
import pytest
from google.rpc import code_pb2, error_details_pb2
from hypothesis import given
from hypothesis import strategies as st

from exchange.errors import TEXTS, Reason, Refusal, Tampered, Unreachable
from exchange.net.grpc_status import CODES, DOMAIN, from_rpc_error, to_status


class RpcError(grpc.RpcError):
    """What a client meets: a code, a text, and the details in the trailers."""

    def __init__(self, code: int, details: str, status: bytes = b"") -> None:
        super().__init__()
        self._code, self._details, self._status = code, details, status

    def code(self) -> grpc.StatusCode:
        return next(c for c in grpc.StatusCode if c.value[0] == self._code)

    def details(self) -> str:
        return self._details

    def trailing_metadata(self) -> list[tuple[str, bytes]]:  # type: ignore[override]
        return [("grpc-status-details-bin", self._status)] if self._status else []


def test_the_table_is_complete() -> None:
    assert set(CODES) == set(Reason) == set(TEXTS)
    assert code_pb2.OK not in CODES.values()
    assert code_pb2.UNKNOWN not in CODES.values()


def test_no_two_reasons_have_one_text() -> None:
    assert len(set(TEXTS.values())) == len(TEXTS)


@pytest.mark.parametrize("reason", list(Reason))
def test_a_reason_comes_back_as_itself(reason: Reason) -> None:
    status = to_status(Refusal(reason, "place"))
    found = from_rpc_error(
        RpcError(status.code, status.message, status.SerializeToString()), "node"
    )

    assert found.reason == reason
    assert found.where == "place"
    assert str(found) == status.message


def test_only_tampering_and_absence_are_told_apart_from_refusals() -> None:
    kinds = {
        reason: type(
            from_rpc_error(
                RpcError(
                    CODES[reason],
                    str(Refusal(reason)),
                    to_status(Refusal(reason)).SerializeToString(),
                ),
                "node",
            )
        )
        for reason in Reason
    }

    assert {r for r, k in kinds.items() if k is Unreachable} == {
        Reason.UNREACHABLE,
        Reason.BUSY,
    }
    assert {r for r, k in kinds.items() if k is Tampered} == {
        Reason.FORK,
        Reason.MISSING,
        Reason.ROOT,
    }


@pytest.mark.parametrize(
    ("domain", "reason"),
    [("other.example", Reason.ROOT), (DOMAIN, "NO_SUCH_REASON"), (DOMAIN, "")],
)
def test_words_that_are_not_ours_mean_that_nobody_answered(
    domain: str, reason: str
) -> None:
    status = to_status(Refusal(Reason.ROOT))
    info = error_details_pb2.ErrorInfo(domain=domain, reason=reason)
    status.details[0].Pack(info)

    found = from_rpc_error(
        RpcError(status.code, status.message, status.SerializeToString()), "node"
    )

    assert isinstance(found, Unreachable)
    assert found.where == "node"


@given(st.binary(max_size=200))
def test_no_trailer_of_a_stranger_breaks_us(data: bytes) -> None:
    found = from_rpc_error(RpcError(code_pb2.INTERNAL, "x", data), "node")

    assert isinstance(found, Unreachable)
