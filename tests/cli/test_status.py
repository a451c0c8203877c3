"""What `fusion status` says of a link."""

from exchange.cli import status
from exchange.v1 import desk_service_pb2 as pb

AT = 1_800_000_000_000  # 2027-01-15 08:00 UTC
SILENT = AT + 61_000


def said(**fields: object) -> str:
    peer = pb.PeerStatus(name="beijing.cn", since=AT, **fields)  # type: ignore[arg-type]
    return status._link(status._peer(peer))


def test_a_link_that_is_up() -> None:
    told = said(up=True, queued=2, cosigned_at=AT)

    assert told == (
        "partner beijing.cn up since 2027-01-15T08:00:00Z, 2 queued,"
        " last cosigned 2027-01-15T08:00:00Z"
    )


def test_why_one_is_down() -> None:
    told = said(reason="CERTIFICATE_TIME")

    assert "beijing.cn down (CERTIFICATE_TIME) since 2027-01-15T08:00:00Z" in told


def test_since_when_one_does_not_answer_and_what_it_lacks() -> None:
    told = said(up=True, silent_since=SILENT, lacking=3)

    assert "up since" in told
    assert told.endswith("; no answer since 2027-01-15T08:01:01Z; lacks 3 texts")
