"""The combined label of a text about several messages: the most restrictive one.

Labels are header fields, never text.
"""

from exchange.trust.labels import Label, merge
from exchange.v1 import envelope_pb2 as env

__all__ = ["Label", "label_json", "merge"]


def label_json(label: Label) -> dict[str, object]:
    found: dict[str, object] = {
        "tlp": env.Tlp.Name(label.tlp).removeprefix("TLP_"),
        "releasable_to": sorted(label.releasable_to),
    }
    return found | ({"caveats": sorted(label.caveats)} if label.caveats else {})
