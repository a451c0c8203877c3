"""Requests and answers: what is asked is proved, what is answered is checked."""

from collections.abc import Callable
from typing import Literal

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from exchange import envelope
from exchange.errors import Reason, Refusal
from exchange.ledger.note import Vkey
from exchange.trust import bundle as bundles
from exchange.trust import entries, wire
from exchange.trust.bundle_succession import accept
from exchange.trust.directory import Directory
from exchange.trust.enrol import answers, requests
from exchange.trust.enrol.check_answer import Answered, name_of_answer, read_answer
from exchange.trust.enrol.issued_statements import judge_all, replay
from exchange.trust.enrol.requests import NodeLogKeys
from exchange.v1 import envelope_pb2 as pb
from exchange.v1 import trust_pb2
from keys import tls
from tests.tls_keys import public_of
from tests.trust.nation import DAY, NOW, Nation, ed, key, ml
from tests.vectors.spec.make_rules import READING_DESK, state_reader

LOGS = NodeLogKeys(ed("log"), ml("log"), ml("mirror"))
TLS_KEY = tls.new_key()


def node_request(name: str = "lahore.pk", key: bytes = TLS_KEY) -> trust_pb2.KeyRequest:
    made = requests.node_request(name, ["10.0.0.1:7443"], key, LOGS)
    return requests.read_request(wire.encode(made))


def desk_request(nation: Nation) -> trust_pb2.KeyRequest:
    sealing = entries.directory_envelope(
        nation.state_sealing(), nation.node, [("author", nation.author)], NOW
    )
    made = requests.desk_request(
        nation.desk, TLS_KEY, [nation.state_author()], [sealing]
    )
    return requests.read_request(wire.encode(made))


class Office(Nation):
    """A nation that answers."""

    @property
    def held(self) -> answers.Nation:
        return answers.Nation(self.bundle, self.ca, self.state_issuer())

    def answer_node(self, request: trust_pb2.KeyRequest) -> trust_pb2.KeyAnswer:
        fresh = Directory(f"new.{self.domain}", self.bundle)
        return answers.answer_node(request, self.held, fresh, self.roots, NOW)

    def answer_desk(self, request: trust_pb2.KeyRequest) -> trust_pb2.KeyAnswer:
        self.say(self.state_issuer(), self.by_roots())
        return answers.answer_desk(request, self.held, self.directory, self.issuer, NOW)


@pytest.fixture(scope="module")
def pk() -> Office:
    return Office()


def read(
    answer: trust_pb2.KeyAnswer, request: trust_pb2.KeyRequest, now: int = NOW
) -> Answered:
    return read_answer(wire.encode(answer), request, now)


def test_a_node_is_listed_and_certified(pk: Office) -> None:
    request = node_request()

    found = read(pk.answer_node(request), request)

    listed = found.bundle.node("lahore.pk")
    assert list(found.bundle.nodes) == ["islamabad.pk", "lahore.pk"]
    assert found.bundle.serial == 2
    assert accept(found.bundle, pk.bundle) is found.bundle
    assert listed.tls_keys == (tls.spki_hash(found.certificate),)
    assert {key.public for key in listed.logs} == {LOGS.log.public, LOGS.log_pq.public}
    judge_all(found.envelopes, Directory("lahore.pk", found.bundle))


def test_a_desk_is_stated_in_order() -> None:
    office = Office()
    request = desk_request(office)

    found = read(office.answer_desk(request), request)

    cores = [envelope.split(sent.entry).core for sent in found.envelopes]
    stated = [pb.Statement.FromString(core.clear).role for core in cores]
    assert stated == ["author", "sealing"]
    assert found.envelopes[1] == request.sealing[0]


def test_what_stands_is_not_said_again() -> None:
    office = Office().enrol()
    again = answers.answer_desk(
        desk_request(office), office.held, office.directory, office.issuer, NOW
    )
    node = node_request("islamabad.pk")
    renewed = answers.answer_node(
        node, office.held, office.directory, office.roots, NOW
    )

    assert list(again.envelopes) == []
    assert list(renewed.envelopes) == []


def test_old_keys_stay_listed_before_the_new(pk: Office) -> None:
    found = bundles.read(pk.answer_node(node_request("islamabad.pk")).bundle)
    before, after = pk.bundle.node("islamabad.pk"), found.node("islamabad.pk")

    assert after.logs[:2] == before.logs
    assert after.cosigners[:1] == before.cosigners
    assert after.tls_keys[:1] == before.tls_keys
    assert len(after.logs) == 4
    assert after.addresses == ("10.0.0.1:7443",)


def test_a_nations_own_journal_makes_the_directory_again(pk: Office) -> None:
    said = [
        entries.sign_by_roots(pk.state_issuer(), "islamabad.pk", pk.roots, NOW),
        entries.sign_by_roots(pk.state_issuer(), "lahore.pk", pk.roots, NOW),
    ]

    directory = replay(said, "islamabad.pk", pk.bundle)

    found = directory.signer("issuer", pk.issuer.kid)
    assert found is not None
    assert found.index == 0
    assert found.stated_by == pk.roots[0].kid


def auditor_request(name: str = "court.pk") -> trust_pb2.KeyRequest:
    return requests.read_request(wire.encode(requests.auditor_request(name, TLS_KEY)))


def answer_auditor(of: Office, request: trust_pb2.KeyRequest) -> trust_pb2.KeyAnswer:
    return answers.answer_auditor(request, of.bundle, of.ca, NOW)


def test_an_auditor_is_certified_and_stated_nowhere(pk: Office) -> None:
    request = auditor_request()

    found = read(answer_auditor(pk, request), request)

    assert tls.spiffe_id(found.certificate) == "spiffe://pk.fusion/auditor/court"
    assert found.bundle == pk.bundle
    assert found.envelopes == ()


# Requests that are refused; more of them are in the vectors of docs/spec.


Spoil = Callable[[trust_pb2.KeyRequest], None]


def _set(field: str, value: object) -> Spoil:
    def spoil(request: trust_pb2.KeyRequest) -> None:
        setattr(request, field, value)

    return spoil


def _state(statement: pb.Statement) -> Spoil:
    return lambda request: request.statements.append(wire.encode(statement))


def _name_node(name: str) -> Spoil:
    return lambda request: request.node.MergeFrom(trust_pb2.TrustedNode(name=name))


NODE_SPOILT: dict[str, Spoil] = {
    "no-name": _set("name", ""),
    "tls-none": _set("tls_request", b""),
    "no-node": lambda request: request.ClearField("node"),
    "statement": _state(Nation().state_author()),
    "sealing": lambda request: request.sealing.append(pb.Envelope()),
    "other-node": _name_node("karachi.pk"),
    "address": lambda request: request.node.addresses.append("\x1b[31m:1"),
}


DESK_SPOILT: dict[str, Spoil] = {
    "an-issuer": _state(key("issuer@pk", "issuer", ed("x"))),
    "a-node-too": _name_node("ops.islamabad.pk"),
    "noise": lambda request: request.statements.append(b"\xff"),
    "too-many": lambda request: request.statements.extend(
        list(request.statements) * 65
    ),
}


AUDITOR_SPOILT: dict[str, Spoil] = {
    "name-of-a-desk": _set("name", "ops.court.pk"),
    "a-node": _name_node("court.pk"),
    "statement": _state(Nation().state_author()),
    "sealing": lambda request: request.sealing.append(pb.Envelope()),
    "node-s-identity": _set("tls_request", node_request("court.pk").tls_request),
}
MADE: dict[str, tuple[Callable[[], trust_pb2.KeyRequest], dict[str, Spoil]]] = {
    "node": (node_request, NODE_SPOILT),
    "desk": (lambda: desk_request(Office()), DESK_SPOILT),
    "auditor": (auditor_request, AUDITOR_SPOILT),
}


@pytest.mark.parametrize(
    ("of", "name"), [(of, name) for of, (_, spoilt) in MADE.items() for name in spoilt]
)
def test_a_spoilt_request(of: str, name: str) -> None:
    make, spoilt = MADE[of]
    request = make()
    spoilt[name](request)

    with pytest.raises(Refusal):
        requests.read_request(wire.encode(request))


def _of_an_auditor(request: trust_pb2.KeyRequest) -> None:
    request.tls_request = auditor_request(request.name).tls_request


def _of_another_curve(curve: ec.EllipticCurve) -> Spoil:
    uri = x509.UniformResourceIdentifier(URI)
    made = (
        x509.CertificateSigningRequestBuilder(x509.Name([]))
        .add_extension(x509.SubjectAlternativeName([uri]), critical=True)
        .sign(ec.generate_private_key(curve), hashes.SHA256())
    )
    return _set("tls_request", made.public_bytes(Encoding.DER))


URI = "spiffe://pk.fusion/node/lahore"
TLS_SPOILT: dict[str, Spoil] = {
    "auditor": _of_an_auditor,
    "p-384": _of_another_curve(ec.SECP384R1()),
    "secp256k1": _of_another_curve(ec.SECP256K1()),
}


@pytest.mark.parametrize("name", TLS_SPOILT)
def test_a_tls_key_of_another_sort_or_holder_is_not_certified(name: str) -> None:
    request = node_request()
    TLS_SPOILT[name](request)

    with pytest.raises(Refusal, match="tls_request"):
        requests.read_request(wire.encode(request))


@pytest.mark.parametrize("name", ["court.cn", "islamabad.pk"])
def test_an_auditor_of_elsewhere_or_named_like_a_node(pk: Office, name: str) -> None:
    with pytest.raises(Refusal, match=Reason.FIELD_VALUE):
        answer_auditor(pk, auditor_request(name))


def test_a_request_is_one_encoding() -> None:
    data = wire.encode(node_request())
    for bad in (b"", data + b"\xa0\x06\x01", data[:-1], bytes(2_000_000)):
        with pytest.raises(Refusal, match=Reason.INPUT):
            requests.read_request(bad)


def test_a_sealing_key_of_a_strangers_signing_is_not_passed_on() -> None:
    office = Office()
    request = desk_request(office)
    del request.sealing[:]
    request.sealing.append(
        entries.directory_envelope(
            office.state_sealing(), office.node, [("author", ed("stranger"))], NOW
        )
    )

    with pytest.raises(Refusal, match=Reason.SIGNER_UNKNOWN):
        office.answer_desk(request)


def test_only_statements_are_passed_on() -> None:
    """A receipt that would be accepted in the log is still none."""
    office = Office()
    request = desk_request(office)
    core = pb.Core.FromString(envelope.split(request.sealing[0].entry).core_bytes)
    core.kind = pb.KIND_RECEIPT
    core.ClearField("clear")
    core.references.add(relation=pb.RELATION_OPENED, name=bytes(32))
    receipt = envelope.sign(envelope.seal(core, b"", {}), [("author", office.author)])
    request.sealing.append(receipt)

    with pytest.raises(Refusal, match=Reason.KIND):
        office.answer_desk(request)


SAN, ALIKE = bytes.fromhex("0603551d11"), bytes.fromhex("0603551d12")
CURVE, UNKNOWN = bytes.fromhex("2a8648ce3d030107"), bytes.fromhex("2a8648ce3d03017f")


def _certificate_request(*extensions: x509.ExtensionType) -> bytes:
    built = x509.CertificateSigningRequestBuilder(x509.Name([]))
    for extension in extensions:
        built = built.add_extension(extension, critical=False)
    key = ec.generate_private_key(ec.SECP256R1())
    return built.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


def named_twice() -> bytes:
    uri = x509.UniformResourceIdentifier(URI)
    names = x509.SubjectAlternativeName([uri]), x509.IssuerAlternativeName([uri])
    return _certificate_request(*names).replace(ALIKE, SAN)


def named_by_x400() -> bytes:
    oid = x509.ObjectIdentifier("2.5.29.17")
    return _certificate_request(x509.UnrecognizedExtension(oid, b"\x30\x02\xa3\x00"))


def of_no_curve() -> bytes:
    names = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(URI)])
    return _certificate_request(names).replace(CURVE, UNKNOWN)


def test_a_log_key_that_is_weak_is_not_listed(pk: Office) -> None:
    request = node_request()
    weak = Vkey("lahore.pk.fusion/log/1", 1, bytes(32))
    request.node.logs[0] = weak.encode()

    with pytest.raises(Refusal, match=Reason.BUNDLE):
        pk.answer_node(request)


# Answers that are refused.


def test_an_answer_is_for_who_asked(pk: Office) -> None:
    answer = pk.answer_node(node_request())

    with pytest.raises(Refusal, match=r"^name: "):
        read(answer, node_request("karachi.pk"))


def certified(
    ca: tls.Authority,
    sort: Literal["node", "desk", "auditor"],
    name: str,
    tls_key: bytes = TLS_KEY,
) -> bytes:
    made = tls.issue(ca, tls.spiffe_of(sort, name), public_of(tls_key), NOW)
    return tls.certificate_der(made)


def test_a_certificate_for_another_key_or_name(pk: Office) -> None:
    request = node_request()
    answer = pk.answer_node(request)
    for data in (
        certified(pk.ca, "node", "lahore.pk", tls.new_key()),
        certified(pk.ca, "node", "karachi.pk"),
        certified(pk.ca, "desk", "ops.lahore.pk"),
    ):
        answer.tls_certificate = data
        with pytest.raises(Refusal, match="tls_certificate"):
            read(answer, request)


def test_a_certificate_of_another_sort(pk: Office) -> None:
    """A node of an auditor's name could serve; an auditor may not."""
    request = auditor_request()
    answer = answer_auditor(pk, request)
    answer.tls_certificate = certified(pk.ca, "node", "court.pk")

    with pytest.raises(Refusal, match="tls_certificate"):
        read(answer, request)


def test_a_certificate_of_another_authority_or_time(pk: Office) -> None:
    request = node_request()
    answer = pk.answer_node(request)
    for now in (NOW - DAY, NOW + 4_000 * DAY):
        with pytest.raises(Refusal, match=Reason.DOMAIN_CA):
            read(answer, request, now)
    rogue = certified(tls.make_ca("pk", NOW), "node", "lahore.pk")
    for data in (rogue, b"", b"noise"):
        answer.tls_certificate = data
        with pytest.raises(Refusal, match=Reason.DOMAIN_CA):
            read(answer, request)


def test_a_bundle_that_lacks_the_node_or_has_another_log(pk: Office) -> None:
    request = node_request()
    answer = pk.answer_node(request)
    answer.bundle = pk.data
    with pytest.raises(Refusal, match=Reason.NOT_PINNED):
        read(answer, request)

    other = node_request()
    other.node.logs[0] = Vkey("lahore.pk.fusion/log/1", 1, ed("y").public).encode()
    with pytest.raises(Refusal, match="node"):
        read(pk.answer_node(other), request)


@pytest.mark.parametrize(
    ("field", "value", "match"),
    [
        ("bundle", Nation("cn", "beijing").data, Reason.FIELD_VALUE),
        *(("version", version, "version") for version in (0, 1, 3)),
    ],
)
def test_an_answer_of_another_nation_or_version(
    pk: Office, field: str, value: object, match: str
) -> None:
    request = node_request()
    answer = pk.answer_node(request)
    setattr(answer, field, value)

    with pytest.raises(Refusal, match=match):
        read(answer, request)


def test_an_answer_is_one_encoding(pk: Office) -> None:
    request = node_request()
    data = wire.encode(pk.answer_node(request))
    for bad in (b"", data + b"\xa0\x06\x01", data[:-1], bytes(2_000_000)):
        with pytest.raises(Refusal, match=Reason.INPUT):
            read_answer(bad, request, NOW)
    assert name_of_answer(data) == "lahore.pk"


def test_a_desk_that_only_reads_asks_for_its_key() -> None:
    """The issuer states it; no officer of that desk vouches, for there is none."""
    office = Office().enrol()
    made = requests.desk_request(READING_DESK, TLS_KEY, [state_reader()], [])
    request = requests.read_request(wire.encode(made))
    asked = request, office.held, office.directory, office.issuer, NOW

    (stated,) = answers.answer_desk(*asked).envelopes

    assert envelope.split(stated.entry).core.author == office.issuer.kid
    assert office.directory.has_desk(READING_DESK)
    assert not office.directory.has_officer(READING_DESK)
