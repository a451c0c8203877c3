"""The vectors that docs/spec names, held against this program."""

import hashlib
import json
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from exchange import envelope
from exchange.bulletin.content import decode, decode_translation, encode
from exchange.bulletin.schema import LANGUAGES, Field, Type
from exchange.bulletin.values import check_value
from exchange.desk.incoming.examine_entry import decode_remark
from exchange.desk.mailbox import Mailbox
from exchange.desk.mailbox.desk_numbers import DeskCount, DeskNumbers, NumberVerdict
from exchange.desk.sealing_ring import SealingRing
from exchange.errors import Reason, Refusal
from exchange.ledger import checkpoint, directory_tree, fork
from exchange.ledger.directory_head import verify_directory_head
from exchange.ledger.merkle import Edge, leaf_hash
from exchange.ledger.note import Vkey
from exchange.ledger.policy import Policy
from exchange.ledger.proof import Proof
from exchange.trust import bundle as bundles
from exchange.trust import rules, shift_handover
from exchange.trust.directory import Directory
from exchange.trust.enrol import answers, requests
from exchange.trust.key_ends import NO_ENDS
from exchange.trust.registered_keys import Registered
from exchange.trust.return_call import check_return
from exchange.trust.safety_number import nation_number, safety_number
from exchange.trust.signed_refusals import RefusedPlace, ShownRefusal
from exchange.trust.statements import parse_statement
from exchange.trust.voice_check import spoken
from exchange.v1 import desk_service_pb2, envelope_pb2
from keys import files, keystore, sealing, signing
from keys.errors import CannotOpen, KeystoreError, WeakKey
from keys.pae import kid, pae
from keys.sealing import Opener
from keys.signing import Signer
from keys.v1.keystore_pb2 import KeystoreSecrets
from tests import third_counter, third_judge
from tests.expecting import refusing
from tests.ledger.merkle_adapter import directory_leaves
from tests.third_reader import Refused, format_of, refusal
from tests.trust.nation import NOW
from tests.trust.test_enrol import Office

READERS: dict[str, Callable[[bytes], Any]] = {
    "Content": decode,
    "Translation": decode_translation,
    "Remark": decode_remark,
}
FOLDER = Path(__file__).parents[1] / "vectors" / "spec"


def load(name: str, key: str = "cases") -> list[Any]:
    cases: list[Any] = json.loads((FOLDER / f"{name}.json").read_text())[key]
    assert cases
    return cases


def answer(act: Callable[[], Any]) -> Any:  # noqa: ANN401 - as the act says
    """What an act returns, or the word of the reason that it raises."""
    try:
        return act()
    except Refusal as refusal:
        return refusal.reason.value


def shown(case: Any) -> str:  # noqa: ANN401 - one case of a JSON file
    return str(case["shows"])


def test_pae_has_the_encoding_that_the_file_gives() -> None:
    for case in load("pae", "pae"):
        parts = map(bytes.fromhex, case["parts"])
        assert pae(case["label"], *parts).hex() == case["encoded"]


def test_seeds_make_the_public_keys_and_kids_of_the_file() -> None:
    makers: dict[str, Callable[[bytes], Signer | Opener]] = {
        "ed25519": signing.Ed25519Signer,
        "ml-dsa-44": signing.MlDsa44Signer,
        "x-wing": Opener,
    }
    for case in load("pae", "kids"):
        key = makers[case["algorithm"]](bytes.fromhex(case["seed"]))
        assert key.public.hex() == case["public"]
        assert kid(case["algorithm"], key.public).hex() == case["kid"]


@pytest.mark.parametrize("case", load("keys"), ids=shown)
def test_a_public_key_is_taken_or_refused(case: dict[str, Any]) -> None:
    public = bytes.fromhex(case["public"])
    if case["good"]:
        assert signing.check_public(case["algorithm"], public) == public
        return
    with pytest.raises(WeakKey):
        signing.check_public(case["algorithm"], public)


@pytest.mark.parametrize("case", load("sealing", "wraps"), ids=shown)
def test_a_wrap_opens_or_not(case: dict[str, Any]) -> None:
    opener = Opener(bytes.fromhex(case["seed"]))
    sealed, info = bytes.fromhex(case["sealed"]), bytes.fromhex(case["info"])
    if case["secret"]:
        assert opener.open(sealed, info).hex() == case["secret"]
        return
    with pytest.raises(CannotOpen):
        opener.open(sealed, info)


@pytest.mark.parametrize("case", load("sealing", "streams"), ids=shown)
def test_a_stream_opens_or_not(case: dict[str, Any]) -> None:
    given = (bytes.fromhex(case[name]) for name in ("key", "context", "sealed"))
    if case["text"] is not None:
        assert sealing.open_body(*given).hex() == case["text"]
        return
    with pytest.raises(CannotOpen):
        sealing.open_body(*given)


def test_padding_has_the_sizes_of_the_file() -> None:
    for size, padded in load("sealing", "padded"):
        assert envelope.padded_size(size) == padded


@pytest.mark.parametrize("case", load("keystore"), ids=shown)
def test_a_key_file_opens_or_not(case: dict[str, Any]) -> None:
    file, passphrase = bytes.fromhex(case["file"]), case["passphrase"]
    if case["secrets"] is None:
        with pytest.raises(KeystoreError):
            keystore.decode(file, passphrase)
        return
    found = keystore.decode(file, unicodedata.normalize("NFD", passphrase))
    assert found.secrets == KeystoreSecrets.FromString(bytes.fromhex(case["secrets"]))


@pytest.mark.parametrize("case", load("ring"), ids=shown)
def test_a_ring_opens_or_not(case: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "sealing.keys"
    files.create(path, bytes.fromhex(case["file"]))

    def keys() -> list[list[object]]:
        key = bytes.fromhex(case["database_key"])
        ring = SealingRing(path, case["desk"], key)
        if ring.held.serial < case["kept"]:
            raise Refusal(Reason.SERIAL, ring.where)
        return [
            [k.seed.hex(), k.valid_from, k.valid_until, k.state.name, k.log, k.index]
            for k in ring.held.keys
        ]

    assert answer(keys) == case["keys"]


def vkeys(texts: list[str]) -> list[Vkey]:
    return [Vkey.parse(text) for text in texts]


LOGS = ("statements", "verdicts", "receipts", "rules", "late_log", "release")


class Below:
    """The ids and names of what was ACCEPTED."""

    def __init__(self) -> None:
        self.ids: set[bytes] = set()
        self.names: set[bytes] = set()

    def knows_id(self, id_: bytes) -> bool:
        return id_ in self.ids

    def knows_name(self, name: bytes) -> bool:
        return name in self.names


def opening(said: dict[str, Any] | None) -> rules.Opening | None:
    if said is None:
        return None
    keys, mirrors = (
        tuple(Vkey.parse(text) for text in said[name])
        for name in ("log_keys", "mirrors")
    )
    return rules.Opening(said["before"], keys, mirrors)


@pytest.mark.parametrize("name", LOGS)
def test_a_judge_by_the_pages_alone_comes_to_the_same_verdicts(name: str) -> None:
    logs = load(name, "logs")
    log = third_judge.begin(logs[0]["node"], bytes.fromhex(logs[0]["bundle"]))
    for said in logs:
        log.begin_next(said.get("opens"))
        for case in said["entries"]:
            verdict = third_judge.judge(log, bytes.fromhex(case["entry"]))
            assert (case["shows"], verdict) == (case["shows"], case["verdict"])


@pytest.mark.parametrize("name", LOGS)
def test_each_entry_of_a_log_has_its_verdict(name: str) -> None:
    logs = load(name, "logs")
    bundle = bundles.read(bytes.fromhex(logs[0]["bundle"]))
    directory = Directory(logs[0]["node"], bundle)
    found = {}
    for log in logs:  # the directory carries over from one to the next
        below = Below()
        opens = opening(log.get("opens"))
        for place, case in enumerate(log["entries"]):
            entry = bytes.fromhex(case["entry"])
            judged = rules.Log(log["node"], directory, below, opens)
            opens = None
            try:
                accepted = rules.check(entry, judged)
            except Refusal as refusal:
                found[case["shows"]] = refusal.reason.value
                continue
            found[case["shows"]] = "ACCEPTED"
            below.ids.add(accepted.core.id)
            below.names.add(accepted.parsed.name)
            if accepted.statement is not None:
                directory.apply(place, accepted.core, accepted.statement)
    expected = {
        case["shows"]: case["verdict"] for log in logs for case in log["entries"]
    }
    assert len(expected) == sum(len(log["entries"]) for log in logs)
    assert found == expected


@pytest.mark.parametrize("case", load("returns", "calls"), ids=shown)
def test_a_draft_is_given_back_or_not(case: dict[str, Any]) -> None:
    """By the log of the vectors of release, and the draft's header."""
    (log,) = load("release", "logs")
    directory = Directory(log["node"], bundles.read(bytes.fromhex(log["bundle"])))
    for place, one in enumerate(log["entries"]):
        if one["verdict"] != "ACCEPTED":
            continue
        core = envelope.split(bytes.fromhex(one["entry"])).core
        if core.kind == envelope_pb2.KIND_DIRECTORY:
            directory.apply(place, core, parse_statement(core.clear))
    draft = envelope.parse_core(bytes.fromhex("".join(load("returns", "core"))))
    call = desk_service_pb2.ReturnDraftRequest.FromString(bytes.fromhex(case["call"]))

    found = answer(lambda: check_return(call, draft, directory))

    assert found == case["reason"] or (found.kid == call.kid and not case["reason"])


@pytest.mark.parametrize("case", load("numbers", "contents"), ids=shown)
def test_numbers_are_well_formed_or_not(case: dict[str, Any]) -> None:
    content = bytes.fromhex(case["content"])
    expected = content if case["good"] else "CONTENT"
    assert answer(lambda: encode(decode(content))) == expected


@pytest.mark.parametrize("case", load("formats", "messages"), ids=shown)
def test_a_message_is_read_by_its_format(case: dict[str, Any]) -> None:
    """A reader without our code finds the same number, or none."""
    data, message = bytes.fromhex(case["data"]), case["message"]
    expected = data if case["verdict"] == "ACCEPTED" else case["verdict"]
    assert answer(lambda: encode(READERS[message](data))) == expected
    try:
        found: int | None = format_of(data)
    except Refused:
        found = None
    assert found == case["format"]


@pytest.fixture
def counters(tmp_path: Path) -> Iterator[DeskNumbers]:
    """Counters of a mailbox, within a transaction of it."""
    mailbox = Mailbox(tmp_path / "mailbox", bytes(32))
    with mailbox.database.transaction():
        yield mailbox.numbers
    mailbox.close()


def log(counters: DeskNumbers, numbers: Iterable[int | None], *, sent: bool) -> None:
    for number in numbers:
        came = DeskCount({number: b""} if number else {}, int(not number))
        counters.note_logged("ops.beijing.cn", came, NOW, sent=sent)


@pytest.mark.parametrize("case", load("numbers", "arrivals"), ids=shown)
def test_a_gap_in_the_numbers_is_found(
    counters: DeskNumbers, case: dict[str, Any]
) -> None:
    log(counters, case["came"], sent=False)
    for one in case["said"]:
        word = one["number"], one["verdict"]
        counters.say(NumberVerdict("ops.beijing.cn", *word, "duty-1", NOW))
    gaps, jumps = counters.gaps(), counters.jumps()
    missing = [n for a, b in case["missing"] for n in range(a, b + 1)]
    assert [n for gap in gaps for n in gap.numbers] == missing[-1_024:]
    assert [one.number for one in jumps] == [n for n in [case["out_of_reach"]] if n]
    assert [one.reach for one in jumps] == [case["reach"]] * len(jumps)
    said = [(one["number"], one["verdict"]) for one in case["said"]]
    keys = "reach", "missing", "out_of_reach"
    assert third_counter.count(case["came"], said) == tuple(case[key] for key in keys)


@pytest.mark.parametrize("case", load("numbers", "senders"), ids=shown)
def test_the_next_number_follows(counters: DeskNumbers, case: dict[str, Any]) -> None:
    counters.note_given({"ops.beijing.cn": case["given"]})
    log(counters, case["logged"], sent=True)
    assert counters.next(["ops.beijing.cn"]) == {"ops.beijing.cn": case["next"]}
    reach, _, _ = third_counter.count(case["logged"])
    assert max(case["given"], reach) + 1 == case["next"]


HEADS = json.loads((FOLDER / "heads.json").read_text())


@pytest.mark.parametrize("case", HEADS["cases"], ids=shown)
def test_a_head_verifies_or_not(case: dict[str, Any]) -> None:
    assert answer(lambda: read_head(case["note"].encode())) == case["expect"]


def read_head(note: bytes) -> dict[str, Any]:
    verified = checkpoint.verify_head(note, vkeys(HEADS["log_keys"]))
    return {
        "origin": verified.head.origin,
        "size": verified.head.size,
        "root": verified.head.root.hex(),
        "time": verified.time_s,
        "cosigned": checkpoint.cosignatures(note, vkeys(HEADS["cosigners"])),
    }


DIRECTORIES = json.loads((FOLDER / "directories.json").read_text())


@pytest.mark.parametrize("case", DIRECTORIES["beginnings"], ids=shown)
def test_an_entry_is_of_the_directory_by_its_bytes(case: dict[str, Any]) -> None:
    entry = bytes.fromhex(case["entry"])
    assert directory_tree.is_directory(entry) == case["directory"]


@pytest.mark.parametrize("case", DIRECTORIES["trees"], ids=shown)
def test_a_directory_tree_has_its_root(case: dict[str, Any]) -> None:
    entries = [bytes.fromhex(entry) for entry in case["entries"]]
    leaves = directory_leaves(0, entries)
    edge = directory_tree.extend(Edge.empty(), leaves, len(entries))
    assert edge.root().hex() == case["root"]


@pytest.mark.parametrize("case", DIRECTORIES["heads"], ids=shown)
def test_a_directory_head_verifies_or_not(case: dict[str, Any]) -> None:
    assert answer(lambda: read_directory(case["note"].encode())) == case["expect"]


def read_directory(note: bytes) -> dict[str, Any]:
    origin, keys = DIRECTORIES["origin"], vkeys(DIRECTORIES["log_keys"])
    verified = verify_directory_head(note, origin, keys)
    return {
        "size": verified.head.size,
        "root": verified.head.root.hex(),
        "time": verified.time_s,
        "cosigned": checkpoint.cosignatures(note, vkeys(DIRECTORIES["cosigners"])),
    }


@pytest.mark.parametrize("case", load("policies"), ids=shown)
def test_a_policy_is_met_or_not(case: dict[str, Any]) -> None:
    times = {Vkey.parse(text).key: time for text, time in case["times"].items()}
    text = case["policy"].encode()
    assert answer(lambda: Policy.parse(text).met(times)) == case["met"]


LINES_SHOWN = json.loads((FOLDER / "policies.json").read_text())["shown"]


@pytest.mark.parametrize("case", LINES_SHOWN, ids=shown)
def test_a_member_is_shown_the_fewest_lines(case: dict[str, Any]) -> None:
    policy = Policy.parse(case["policy"].encode())
    signed, own = ({key.key for key in vkeys(case[n])} for n in ("signed", "own"))

    lines = policy.fewest(signed, own)

    wanted = case["lines"]
    assert (lines is None) == (wanted is None)
    assert (lines or set()) - own == {key.key for key in vkeys(wanted or [])}


REFUSALS = json.loads((FOLDER / "refusals.json").read_text())


@pytest.mark.parametrize("case", REFUSALS["cases"], ids=shown)
def test_a_refusal_is_signed_or_not(case: dict[str, Any]) -> None:
    entry, proof = bytes.fromhex(case["entry"]), bytes.fromhex(case["proof"])
    place = RefusedPlace(case["index"], leaf_hash(entry), case["reason"])
    refused = ShownRefusal(REFUSALS["node"], REFUSALS["origin"], place)

    found = answer(lambda: refused.verify(proof, vkeys(REFUSALS["log_keys"]), NO_ENDS))

    assert found == case["says"]


@pytest.mark.parametrize("case", REFUSALS["cases"], ids=shown)
def test_a_reader_by_the_pages_alone_says_the_same_of_a_refusal(
    case: dict[str, Any],
) -> None:
    names = REFUSALS["node"], REFUSALS["origin"]
    entry, proof = bytes.fromhex(case["entry"]), bytes.fromhex(case["proof"])
    what = case["index"], entry, case["reason"]
    try:
        found: object = refusal(names, what, proof, bytes.fromhex(REFUSALS["public"]))
    except Refused as word:
        found = str(word)

    assert found == case["says"]


FORKS = json.loads((FOLDER / "forks.json").read_text())


@pytest.mark.parametrize("case", FORKS["cases"], ids=shown)
def test_a_fork_is_proved_or_not(case: dict[str, Any]) -> None:
    data, keys = case["file"].encode(), vkeys(FORKS["log_keys"])
    if case["good"]:
        fork.verify(data, keys)
        return
    with pytest.raises(Refusal):
        fork.verify(data, keys)


PROOFS = json.loads((FOLDER / "proofs.json").read_text())


@pytest.mark.parametrize("case", PROOFS["cases"], ids=shown)
def test_a_place_is_proved_or_not(case: dict[str, Any]) -> None:
    data, entry = case["file"].encode(), bytes.fromhex(case["entry"])
    keys = vkeys(PROOFS["log_keys"])
    if case["good"]:
        Proof.parse(data).verify(entry, keys)
        return
    with pytest.raises(Refusal):
        Proof.parse(data).verify(entry, keys)


@pytest.mark.parametrize("case", load("bundles"), ids=shown)
def test_a_bundle_is_taken_or_not(case: dict[str, Any]) -> None:
    data = bytes.fromhex(case["bundle"])
    if case["good"]:
        assert bundles.read(data).domain == "pk"
        return
    with refusing(Reason.BUNDLE):
        bundles.read(data)


def test_safety_numbers_are_those_of_the_file() -> None:
    for case in load("bundles", "numbers"):
        first, *rest = (bundles.read(bytes.fromhex(data)) for data in case["bundles"])
        number = safety_number(first, rest[0]) if rest else nation_number(first)
        assert number == case["number"]


@pytest.fixture(scope="module")
def office() -> Office:
    return Office()


def grant(data: bytes, office: Office) -> str:
    """What a nation with these keys makes of a request."""
    request = requests.read_request(data)
    if request.auditor:
        answers.answer_auditor(request, office.bundle, office.ca, NOW)
    elif request.HasField("node"):
        office.answer_node(request)
    else:
        directory = Directory(office.node, office.bundle)
        stated = office.state_issuer()
        core = office.core(office.roots[0].kid)
        directory.apply(0, core, stated)
        answers.answer_desk(request, office.held, directory, office.issuer, NOW)
    return "granted"


@pytest.mark.parametrize("case", load("requests"), ids=shown)
def test_a_request_is_granted_or_not(case: dict[str, Any], office: Office) -> None:
    request = bytes.fromhex(case["request"])
    assert answer(lambda: grant(request, office)) == case["expect"]
    digest = hashlib.sha512(pae("request", request)).digest()
    groups = [int.from_bytes(digest[5 * n : 5 * n + 5]) % 100_000 for n in range(5)]
    assert " ".join(f"{group:05}" for group in groups) == case["number"]


LABELS = dict.fromkeys(LANGUAGES, "")


def check(field: Field, texts: list[str], *, codes: bool = True) -> list[str]:
    """Return which of the texts are values of a field."""
    found = []
    for text in texts:
        try:
            check_value(field, text, "here", codes=codes)
        except Refusal:
            continue
        found.append(text)
    return found


@pytest.mark.parametrize("case", load("values"), ids=lambda case: str(case["type"]))
def test_a_text_is_a_value_or_not(case: dict[str, Any]) -> None:
    field = Field("f", LABELS, Type(case["type"]), bounds=tuple(case["bounds"]))
    assert check(field, case["good"]) == case["good"]
    assert not check(field, case["bad"])


def test_a_text_is_a_record_or_not() -> None:
    said = json.loads((FOLDER / "values.json").read_text())["records"]
    parts = tuple(
        Field(name, LABELS, Type(type_), required=required, many=many)
        for name, type_, required, many in said["parts"]
    )
    field = Field("f", LABELS, Type.RECORD, parts=parts)
    assert check(field, said["good"]) == said["good"]
    assert not check(field, said["bad"])
    assert check(field, said["readable"], codes=False) == said["readable"]


@pytest.mark.parametrize("case", load("voice"), ids=shown)
def test_what_is_read_aloud_is_that_of_the_file(case: dict[str, Any]) -> None:
    check = spoken(bytes.fromhex(case["name"]), bytes.fromhex(case["kid"]))
    assert (" ".join(check.words), check.digits) == (case["words"], case["digits"])


def handed(case: dict[str, Any]) -> shift_handover.SignedHandover:
    leaves, comes = (
        shift_handover.HandoverSignature(
            bytes.fromhex(case[f"{role}_kid"]), bytes.fromhex(case[f"{role}_signature"])
        )
        for role in ("leaves", "comes")
    )
    return shift_handover.SignedHandover(bytes.fromhex(case["record"]), leaves, comes)


def handing_key(officer: str, key_id: bytes, _: int) -> Registered:
    """The keys of the file, as a directory would register them."""
    keys: dict[str, str] = json.loads((FOLDER / "handover.json").read_text())["keys"]
    public = bytes.fromhex(keys[officer])
    if kid("ed25519", public) != key_id:
        raise Refusal(Reason.SIGNER_UNKNOWN, officer)
    return Registered(officer, "author", "ed25519", public, key_id, 0, NOW * 2, 1)


@pytest.mark.parametrize("case", load("handover", "good"), ids=shown)
def test_a_handover_of_both_officers_verifies(case: dict[str, Any]) -> None:
    record = shift_handover.check_handover(handed(case), handing_key)
    assert shift_handover.link(shift_handover.encode(record)) == case["link"]


@pytest.mark.parametrize("case", load("handover", "bad"), ids=shown)
def test_a_handover_that_is_wrong_is_refused(case: dict[str, Any]) -> None:
    with refusing(case["reason"]):
        shift_handover.check_handover(handed(case), handing_key)
