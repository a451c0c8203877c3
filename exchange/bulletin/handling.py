"""How a bulletin is to be handled: its label, in words, and what several make (merge).

Labels are fields of the header, never text; unmarked is refused (`check`).
"""

from exchange.bulletin.codes import label
from exchange.trust.labels import Label, Labelled, merge
from exchange.v1 import envelope_pb2 as env

__all__ = ["Label", "Labelled", "marking", "merge"]


def marking(labelled: Labelled, lang: str) -> str:
    """Return a header's or draft's label in one line, in en, ur or zh-Hans.

    To stand on whatever leaves a desk: an export, a file for an auditor.
    """
    tlp = env.Tlp.Name(labelled.tlp).removeprefix("TLP_")
    domains = ", ".join(label("domain", d, lang) for d in labelled.releasable_to)
    caveats = [label("caveat", c, lang) for c in labelled.caveats]
    return " | ".join([label("tlp", tlp, lang), domains, *caveats])
