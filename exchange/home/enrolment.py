"""Enrolment: a nation answers a request, and the part installs the answer."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from exchange import config, envelope
from exchange.config import DeskHome, NationHome, NodeHome, Part
from exchange.errors import Reason, Refusal, Why
from exchange.home.nation import NationKeys
from exchange.home.next_keys import granted_subjects, note_granted
from exchange.home.next_node_keys import note_listed
from exchange.home.trust_files import (
    ANSWER,
    add_envelopes,
    install_bundle,
    parts_of,
    read_bundle,
    read_envelopes,
    read_request,
)
from exchange.input_file import read_file
from exchange.limits import REQUEST_MAX, RESENT_MAX
from exchange.trust import bundle as bundles
from exchange.trust import names, policies, statements, wire
from exchange.trust.bundle import Bundle
from exchange.trust.directory import Directory
from exchange.trust.enrol.answers import (
    Nation,
    answer_auditor,
    answer_desk,
    answer_node,
)
from exchange.trust.enrol.certificates import tls_key_hash
from exchange.trust.enrol.check_answer import (
    Answered,
    certificate_of_answer,
    name_of_answer,
    read_answer,
)
from exchange.trust.enrol.issued_statements import (
    judge_all,
    policies_of,
    replay,
    stated_in,
)
from exchange.trust.enrol.retired_keys import (
    keys_to_retire,
    revoke,
    speakers_about,
)
from exchange.v1 import envelope_pb2 as pb
from exchange.v1 import trust_pb2
from exchange.words import say
from keys import files, tls
from keys.errors import BadCertificate


def issue(
    home: NationHome,
    keys: NationKeys,
    request: trust_pb2.KeyRequest,
    now: int,
    *,
    other_key: bool = False,
) -> trust_pb2.KeyAnswer:
    """Answer a request; repeatable.

    `other_key`: the part may have another TLS key than before.

    1. A certificate is renewed for the same key: else Refusal(KEY).
    2. The request is granted.
    3. Keys that were replaced long ago are retired in the log of that node.
    4. Earlier statements for this log are included: an answer may have been lost.
    """
    bundle = read_bundle(home.bundle)
    # 1
    if not other_key:
        check_same_key(home, bundle, request)
    # 2
    if request.auditor:
        return _keep_answer(home, answer_auditor(request, bundle, keys.ca, now))
    issued = read_envelopes(home.issued)
    nation = Nation(bundle, keys.ca, _issuer_of(home), policies_of(issued))
    node = request.name if request.HasField("node") else names.node_of(request.name)
    directory = replay(issued, node, bundle)
    answer = _answer(request, nation, directory, keys, now)
    vouched = {sent.entry for sent in request.sealing}
    signed = [sent for sent in answer.envelopes if sent.entry not in vouched]
    # 3
    desk = "" if node == request.name else request.name
    signed += retire_replaced_keys(issued, directory, keys, now, desk)
    add_envelopes(home.issued, signed)
    _keep_answer(home, answer)
    # 4
    again = _said_again(request, [*issued, *signed], node)
    asked = [sent for sent in answer.envelopes if sent.entry in vouched]
    return _with(answer, again, asked or _acceptable(request.sealing, directory))


def _issuer_of(home: NationHome) -> pb.Statement:
    return statements.parse_statement(read_file(home.issuer_statement))


def _answer(
    request: trust_pb2.KeyRequest,
    nation: Nation,
    directory: Directory,
    keys: NationKeys,
    now: int,
) -> trust_pb2.KeyAnswer:
    if request.HasField("node"):
        return answer_node(request, nation, directory, keys.roots, now)
    if keys.issuer is None:
        raise Refusal(Reason.KEYSTORE, "nation")
    return answer_desk(request, nation, directory, keys.issuer, now)


def check_same_key(
    home: NationHome, bundle: Bundle, request: trust_pb2.KeyRequest
) -> None:
    """Raise Refusal(KEY) for another TLS key than granted before.

    For a node the bundle decides; for a desk or an auditor, the newest answer.
    """
    known = granted_key(home, request.name)
    if request.name in bundle.nodes:
        known = set(bundle.nodes[request.name].tls_keys)
    if known and tls_key_hash(request) not in known:
        why = Why(
            "another TLS key than {name} has; if it was replaced on purpose, "
            "give --other-key",
            name=request.name,
        )
        raise Refusal(Reason.KEY, "tls_request", why)


def granted_key(home: NationHome, name: str) -> set[bytes]:
    path = _answer_path(home, name)
    if not path.exists():
        return set()
    return {tls.spki_hash(certificate_of_answer(read_file(path)))}


def write_answer(home: NationHome, node: str, folder: Path) -> Path:
    """Write it for `keys install`, with all statements signed since.

    Raises Refusal(MISSING) if the node had no answer here.
    """
    held = _answer_path(home, node)
    if not held.exists():
        why = Why("has no answer here; grant its request again: fusion keys issue")
        raise Refusal(Reason.MISSING, node, why)
    answer = trust_pb2.KeyAnswer.FromString(read_file(held))
    answer.bundle = read_bundle(home.bundle).data
    del answer.envelopes[:]
    answer.envelopes.extend(_of_log(read_envelopes(home.issued), node))
    path = folder / f"{node}{ANSWER}"
    path.write_bytes(wire.encode(answer))
    return path


def _of_log(issued: Sequence[pb.Envelope], node: str) -> list[pb.Envelope]:
    found = [sent for sent in issued if envelope.split(sent.entry).core.origin == node]
    return found[-RESENT_MAX:]


def retire_replaced_keys(
    issued: Sequence[pb.Envelope],
    directory: Directory,
    keys: NationKeys,
    now: int,
    desk: str = "",
) -> list[pb.Envelope]:
    """Revoke keys whose successors were stated 30 days ago.

    For the officers of `desk`, or for all in the log; none without the issuer. Each is
    revoked from the end of its life, so its signatures stay valid. `directory` is that
    of the log, and is updated.
    """
    signed: list[pb.Envelope] = []
    if keys.issuer is None:
        return signed
    for key in list(keys_to_retire(issued, directory, now)):
        if desk and names.desk_of(key.subject) != desk:
            continue
        if keys.roots is None and key.role == statements.ISSUER:
            continue
        speakers = speakers_about(key.subject, keys.roots, keys.issuer)
        named = key.subject, key.kid
        signed.append(revoke(directory, named, key.valid_until, speakers, now))
    return signed


def _said_again(
    request: trust_pb2.KeyRequest, issued: Sequence[pb.Envelope], node: str
) -> list[pb.Envelope]:
    """Return the nation's earlier statements that a requester needs.

    A node gets all for its log; a desk those about the nation's own keys, its requested
    keys, and its own revocations.
    """
    again = []
    for sent in _of_log(issued, node):
        clear = envelope.split(sent.entry).core.clear
        one = statements.parse_statement(clear)
        own = names.desk_of(one.subject) == request.name
        if (
            request.HasField("node")
            or _is_of_nations_keys(one)
            or clear in request.statements
            or (own and one.type == pb.STATEMENT_TYPE_REVOCATION)
        ):
            again.append(sent)
    return again


def _with(
    answer: trust_pb2.KeyAnswer, *said: Iterable[pb.Envelope]
) -> trust_pb2.KeyAnswer:
    del answer.envelopes[:]
    for envelopes in said:
        answer.envelopes.extend(envelopes)
    return answer


def _acceptable(
    envelopes: Iterable[pb.Envelope], directory: Directory
) -> list[pb.Envelope]:
    found = []
    for sent in envelopes:
        with suppress(Refusal):
            judge_all([sent], directory)
            found.append(sent)
    return found


def _keep_answer(home: NationHome, answer: trust_pb2.KeyAnswer) -> trust_pb2.KeyAnswer:
    files.replace(home.bundle, answer.bundle)
    config.private_folder(home.granted)
    files.replace(_answer_path(home, answer.name), wire.encode(answer))
    return answer


def _answer_path(home: NationHome, name: str) -> Path:
    return home.granted / f"{name}{ANSWER}"


def enrol_all(home: Path, keys: NationKeys, now: int) -> None:
    """Enrol all parts of a home that includes their nation."""
    nation = config.nation_home(home)
    for part in parts_of(home):
        request = read_request(part)
        answer = issue(nation, keys, request, now)
        install(home, part, read_answer(wire.encode(answer), request, now), now)


def refresh(home: Path) -> None:
    new = read_bundle(config.nation_home(home).bundle)
    for part in parts_of(home.expanduser()):
        install_bundle(part.trust, new)


def read_answer_here(
    home: Path, data: bytes, named: str, now: int
) -> tuple[Part, Answered]:
    """Return the part that a verified answer is for.

    Raises Refusal: HOME if the home has no part, INPUT, naming `named`, if it is for
    none.
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


def install(home: Path, part: Part, answered: Answered, now: int) -> None:
    """Install an answer in its part; statements go to an inbox.

    Grants the desk's next keys if the answer states them; raises Refusal, before any
    change, if the log would refuse them.
    """
    _check_not_older(part, answered.certificate, now)
    granted: list[str] = []
    if isinstance(part, DeskHome):
        granted = granted_subjects(part, answered.bundle, answered.envelopes)
    inboxes = _inboxes(home, part, answered.envelopes)
    install_bundle(part.trust, answered.bundle)
    for folder, envelopes in inboxes.items():
        add_envelopes(folder, envelopes)
    files.replace(part.tls_cert, tls.certificate_pem(answered.certificate))
    if isinstance(part, DeskHome):
        note_granted(part, granted)
    if isinstance(part, NodeHome):
        note_listed(part, answered.bundle)


def admit_from(home: Path, data: bytes) -> str:
    """Return the desk's name; "" if the answer is not for one of its desks elsewhere.

    Raises Refusal(INPUT) if it is no answer.
    """
    answer = wire.decode(trust_pb2.KeyAnswer, data, REQUEST_MAX, Reason.INPUT)
    if answer.name in {read_request(part).name for part in parts_of(home)}:
        return ""
    return answer.name if admit(home, answer) else ""


def admit(home: Path, answer: trust_pb2.KeyAnswer) -> bool:
    """Install the answer of one of the node's desks; return False for others.

    The desk cannot submit them to a node that does not know it yet. Raises
    Refusal(BUNDLE) for an answer of another nation.
    """
    node = NodeHome(home / "node")
    if not node.folder.is_dir():
        return False
    if config.read_node(node).name != names.node_of(answer.name):
        return False
    install_bundle(node.trust, bundles.read(answer.bundle))
    add_envelopes(node.inbox, answer.envelopes)
    return True


def _check_not_older(part: Part, certificate: bytes, now: int) -> None:
    """Raise Refusal(SERIAL) if it is older than the installed one.

    One dated in the future may be replaced by any.
    """
    if not part.tls_cert.exists():
        return
    held = part.tls_cert.read_bytes()
    with suppress(BadCertificate):  # an unreadable one may be replaced by any
        if tls.times(certificate)[0] < tls.times(held)[0] <= now:
            why = Why("older than the one that is here; write the answer again")
            raise Refusal(Reason.SERIAL, "tls_certificate", why)


def _inboxes(
    home: Path, part: Part, envelopes: Sequence[pb.Envelope]
) -> dict[Path, Sequence[pb.Envelope]]:
    """Return the inboxes of the parts that submit the statements.

    A node submits all, also for a new desk beside it, whose calls it would not accept
    yet. An enrolled desk submits statements about itself only.
    """
    if not isinstance(part, DeskHome):
        return {part.inbox: envelopes}
    node, desk = NodeHome(home / "node"), config.read_desk(part).name
    beside = node.folder.is_dir() and (
        config.read_node(node).name == names.node_of(desk)
    )
    if beside and not part.tls_cert.exists():
        return {node.inbox: envelopes}
    own = [sent for sent in envelopes if statements.subject_node(stated_in(sent))]
    if not beside:
        return {part.inbox: own}
    return {part.inbox: own, node.inbox: [one for one in envelopes if one not in own]}


def _is_of_nations_keys(stated: pb.Statement) -> bool:
    """Return whether it is about an issuer, roots or rules, which all parts need."""
    policy = stated.type == pb.STATEMENT_TYPE_POLICY
    needed = not policy or policies.is_rules(stated.policy)
    return needed and not statements.subject_node(stated)
