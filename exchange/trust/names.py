"""The names of domains, nodes, desks and officers, and how one contains another.

    pk    islamabad.pk    ops.islamabad.pk    duty-1@ops.islamabad.pk
    domain   node            desk                officer

A desk belongs to the node after its first dot, a node to the domain after its own. Each
check returns the name, for use in place, or raises Refusal(FIELD_VALUE).
"""

import re

from exchange.errors import Reason, Refusal, Why
from exchange.limits import NAME_MAX

LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
ISSUER = "issuer"

_DOMAIN = re.compile(LABEL)
_NODE = re.compile(rf"{LABEL}\.{LABEL}")
_DESK = re.compile(rf"{LABEL}\.{LABEL}\.{LABEL}")
_ISSUER = re.compile(rf"{ISSUER}@{LABEL}")
_OFFICER = re.compile(rf"{LABEL}@{LABEL}\.{LABEL}\.{LABEL}")
_EXAMPLES = {
    _DOMAIN: "pk",
    _NODE: "islamabad.pk",
    _DESK: "ops.islamabad.pk",
    _OFFICER: "duty-1@ops.islamabad.pk",
}


def is_domain(name: str) -> bool:
    return _fits(_DOMAIN, name)


def is_issuer(name: str) -> bool:
    return _fits(_ISSUER, name)


def is_node(name: str) -> bool:
    return _fits(_NODE, name)


def is_desk(name: str) -> bool:
    return _fits(_DESK, name)


def is_officer(name: str) -> bool:
    return _fits(_OFFICER, name)


def check_domain(name: str, where: str = "domain") -> str:
    return _check(_DOMAIN, name, where)


def check_node(name: str, where: str = "node") -> str:
    return _check(_NODE, name, where)


def check_desk(name: str, where: str = "desk") -> str:
    return _check(_DESK, name, where)


def check_officer(name: str, where: str = "officer") -> str:
    return _check(_OFFICER, name, where)


def desk_of(officer: str) -> str:
    return officer.rpartition("@")[2]


def node_of(desk: str) -> str:
    return desk.partition(".")[2]


def domain_of(name: str) -> str:
    return name.rpartition("@")[2].rpartition(".")[2]


def issuer_of(domain: str) -> str:
    return f"{ISSUER}@{domain}"


def _fits(form: re.Pattern[str], name: str) -> bool:
    return len(name) <= NAME_MAX and form.fullmatch(name) is not None


def _check(form: re.Pattern[str], name: str, where: str) -> str:
    if not _fits(form, name):
        why = Why("not understood; write it as {example}", example=_EXAMPLES[form])
        raise Refusal(Reason.FIELD_VALUE, where, why)
    return name
