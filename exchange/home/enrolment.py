"""Enrolment: a nation answers a request, and the part that asked takes the answer."""

from pathlib import Path

from exchange import config
from exchange.config import DeskHome, NationHome, NodeHome, Part
from exchange.errors import Reason, Refusal
from exchange.home.nation import NationKeys
from exchange.home.trust_files import (
    add_envelopes,
    install_bundle,
    parts_of,
    read_bundle,
    read_envelopes,
    read_request,
)
from exchange.limits import REQUEST_MAX
from exchange.trust import bundle as bundles
from exchange.trust import names, statements, wire
from exchange.trust.enrol.answers import (
    Nation,
    answer_auditor,
    answer_desk,
    answer_node,
)
from exchange.trust.enrol.check_answer import Answered, name_of_answer, read_answer
from exchange.trust.enrol.issued_statements import policies_of, replay
from exchange.v1 import trust_pb2
from exchange.words import say
from keys import files, tls


def issue(
    home: NationHome, keys: NationKeys, request: trust_pb2.KeyRequest, now: int
) -> trust_pb2.KeyAnswer:
    """Answer a request, and keep what was signed; see `enrol`."""
    bundle = read_bundle(home.bundle)
    if request.auditor:
        return answer_auditor(request, bundle, keys.ca, now)
    stated = statements.parse_statement(home.issuer_statement.read_bytes())
    issued = read_envelopes(home.issued)
    nation = Nation(bundle, keys.ca, stated, policies_of(issued))
    node = request.name if request.HasField("node") else names.node_of(request.name)
    directory = replay(issued, node, bundle)
    if request.HasField("node") and keys.roots is not None:
        answer = answer_node(request, nation, directory, keys.roots, now)
    elif keys.issuer is not None:
        answer = answer_desk(request, nation, directory, keys.issuer, now)
    else:
        raise Refusal(Reason.KEYSTORE, "nation")
    vouched = {sent.entry for sent in request.sealing}
    signed = [sent for sent in answer.envelopes if sent.entry not in vouched]
    add_envelopes(home.issued, signed)
    files.replace(home.bundle, answer.bundle)
    return answer


def enrol_all(home: Path, keys: NationKeys, now: int) -> None:
    """Enrol node, desk and auditor of a home that has its nation beside them."""
    nation = config.nation_home(home)
    for part in parts_of(home):
        request = read_request(part)
        answer = issue(nation, keys, request, now)
        install(home, part, read_answer(wire.encode(answer), request, now))


def refresh(home: Path) -> None:
    """Give whoever is beside a nation its newest bundle."""
    new = read_bundle(config.nation_home(home).bundle)
    for part in parts_of(home.expanduser()):
        install_bundle(part.trust, new)


def read_answer_here(
    home: Path, data: bytes, named: str, now: int
) -> tuple[Part, Answered]:
    """Return the part of a home that an answer is for, and the answer, verified.

    Raise Refusal(HOME) where no part is, INPUT, naming `named`, for another's answer.
    """
    found = parts_of(home)
    if not found:
        where = say("node, desk or auditor")
        raise Refusal(Reason.HOME, where, config.absent(home))
    wanted = name_of_answer(data)
    for part in found:
        request = read_request(part)
        if request.name == wanted:
            return part, read_answer(data, request, now)
    raise Refusal(Reason.INPUT, f"{named}: name")


def install(home: Path, part: Part, answered: Answered) -> None:
    """Put an answer where the part looks for it; what it must say goes to an inbox.

    A desk beside its node gives it to the node, which records it.
    """
    install_bundle(part.trust, answered.bundle)
    add_envelopes(_inbox(home, part), answered.envelopes)
    files.replace(part.tls_cert, tls.certificate_pem(answered.certificate))


def admit_from(home: Path, data: bytes) -> str:
    """Let a node take the answer to a desk of its own that is not in this home.

    Returns the desk's name; empty where the answer is for a part of this home, or of
    another node. Raises Refusal(INPUT) for what is no answer.
    """
    answer = wire.decode(trust_pb2.KeyAnswer, data, REQUEST_MAX, Reason.INPUT)
    if answer.name in {read_request(part).name for part in parts_of(home)}:
        return ""
    return answer.name if admit(home, answer) else ""


def admit(home: Path, answer: trust_pb2.KeyAnswer) -> bool:
    """Give the node of a home what the nation said of one of that node's desks.

    The desk cannot say it to a node that knows nothing of it as yet. The node verifies
    and records it. Returns whether it is that desk's node; raises Refusal(BUNDLE) for
    an answer of another nation.
    """
    node = NodeHome(home / "node")
    if not node.folder.is_dir():
        return False
    if config.read_node(node).name != names.node_of(answer.name):
        return False
    install_bundle(node.trust, bundles.read(answer.bundle))
    add_envelopes(node.inbox, answer.envelopes)
    return True


def _inbox(home: Path, part: Part) -> Path:
    node = NodeHome(home / "node")
    if not isinstance(part, DeskHome) or not node.folder.is_dir():
        return part.inbox
    desk = config.read_desk(part).name
    beside = config.read_node(node).name == names.node_of(desk)
    return node.inbox if beside else part.inbox
