"""Posts to a witness over HTTP, bounded in time and answer size."""

import urllib3
from msgspec import Struct
from urllib3.exceptions import HTTPError

from exchange.errors import Reason, Refusal, Unreachable
from exchange.limits import SECOND, WITNESS_ANSWER_MAX, WITNESS_TIMEOUT


class WitnessAnswer(Struct, frozen=True):
    """A witness's answer; `body` has at most WITNESS_ANSWER_MAX bytes."""

    status: int
    kind: str
    body: bytes


class Http:
    """Posts without proxies, redirects or retries."""

    def __init__(self) -> None:
        wait = WITNESS_TIMEOUT / SECOND
        self._pools = urllib3.PoolManager(
            maxsize=4,  # several witnesses of one host may be asked at once
            timeout=urllib3.Timeout(connect=wait, read=wait),
            retries=False,  # and no redirect is followed
        )

    def post(self, url: str, body: bytes) -> WitnessAnswer:
        """Raise Unreachable, or SIZE if the answer is too large."""
        try:
            response = self._pools.request(
                "POST",
                url,
                body=body,
                headers={"Content-Type": "text/plain", "User-Agent": "fusion"},
                preload_content=False,
            )
            answer = response.read(WITNESS_ANSWER_MAX + 1, decode_content=False)
        except HTTPError:
            raise Unreachable("witness") from None
        if len(answer) > WITNESS_ANSWER_MAX:
            response.close()  # closes the connection: the rest may never end
            raise Refusal(Reason.SIZE, "witness")
        response.release_conn()
        kind = response.headers.get("Content-Type", "").partition(";")[0].strip()
        return WitnessAnswer(response.status, kind, answer)
