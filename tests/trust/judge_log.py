"""Judge logs by whichever release is imported: python judge_log.py <logs.json.

Reads and writes JSON. It uses only what every release has had since the first.
"""

import json
import sys
from typing import Any

from exchange.errors import Refusal
from exchange.ledger.note import Vkey
from exchange.trust import bundle as bundles
from exchange.trust import fast_accept, rules
from exchange.trust.directory import Directory
from exchange.trust.fast_accept import AcceptedForms


class _Below:
    """The ids and names of what was ACCEPTED."""

    def __init__(self) -> None:
        self.ids: set[bytes] = set()
        self.names: set[bytes] = set()

    def knows_id(self, id_: bytes) -> bool:
        return id_ in self.ids

    def knows_name(self, name: bytes) -> bool:
        return name in self.names


def judge(logs: list[dict[str, Any]]) -> list[list[str]]:
    """Return the verdict on each entry of each log; the directory carries over.

    Each entry is judged by the rules and by the fast path, which must agree.
    """
    bundle = bundles.read(bytes.fromhex(logs[0]["bundle"]))
    directory = Directory(logs[0]["node"], bundle)
    return [_judge(log, directory) for log in logs]


def _judge(said: dict[str, Any], directory: Directory) -> list[str]:
    below, opens = _Below(), _opening(said.get("opens"))
    forms = AcceptedForms(said["node"], directory)
    verdicts = []
    for index, entry in enumerate(map(bytes.fromhex, said["entries"])):
        log = rules.Log(said["node"], directory, below, opens)
        quick = _word(lambda: fast_accept.check(entry, log, forms))  # noqa: B023
        verdicts.append(_word(lambda: rules.check(entry, log)))  # noqa: B023
        assert quick == verdicts[-1], index
        opens = None
        if verdicts[-1] == "ACCEPTED":
            accepted = rules.check(entry, log)
            below.ids.add(accepted.core.id)
            below.names.add(accepted.parsed.name)
            if accepted.statement is not None:
                directory.apply(index, accepted.core, accepted.statement)
    return verdicts


def _word(check: Any) -> str:  # noqa: ANN401
    try:
        check()
    except Refusal as refusal:
        return refusal.reason.value
    return "ACCEPTED"


def _opening(said: dict[str, Any] | None) -> rules.Opening | None:
    if said is None:
        return None
    keys = [tuple(map(Vkey.parse, said[name])) for name in ("log_keys", "mirrors")]
    return rules.Opening(said["before"], *keys)


if __name__ == "__main__":
    json.dump(judge(json.load(sys.stdin)), sys.stdout)
