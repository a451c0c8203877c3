"""Every parser of foreign bytes: one table of a name, what it does, and what it is fed.

Each takes bytes that a peer, a witness, an agency or a file may hold, and returns, or
raises an error of ours. Anything else is a finding. Where what is parsed lies in a
seal, the bytes are sealed first, so that the parser behind is reached. The corpus is
what tests/vectors has, and a few that are made here. What fuzzing finds is kept in
tests/vectors/fuzz, in files that begin with the name of the parser.
"""

import hashlib
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from google.protobuf.message import DecodeError

from exchange import config, core, disclosure_file, envelope
from exchange.audit.sources import export_signature, records
from exchange.audit.sources.export_file import Export
from exchange.bulletin import content, json_reader
from exchange.config import DeskHome, NodeHome
from exchange.desk.archive import archive_file
from exchange.desk.incoming import examine_entry
from exchange.desk.mailbox.filters import Filter
from exchange.envelope_parser import parse_batch, parse_envelope, parse_submit
from exchange.errors import FusionError
from exchange.home import backup_file
from exchange.ledger import (
    checkpoint,
    directory_tree,
    entry_place,
    fork,
    note,
    policy,
    proof,
)
from exchange.net import frames, identity, witness_client
from exchange.net.witness_http import WitnessAnswer
from exchange.translation import memory, tbx, tmx
from exchange.translation.xliff import parse as xliff
from exchange.trust import bundle, policies, release_policy, statements
from exchange.trust.enrol import certificates, check_answer, requests
from exchange.v1 import bulletin_pb2, trust_pb2
from exchange.v1 import envelope_pb2 as pb
from exchange.v1 import exchange_service_pb2 as rpc
from exchange.v1.desk_service_pb2 import SubmitRequest
from exchange.v1.ledger_pb2 import Batch
from keys import (
    keystore,
    ring,
    sealed_file,
    sealed_stream,
    sealing,
    tls,
    token,
    token_uri,
)
from keys.errors import KeysError
from keys.keystore import Cost
from keys.ring import State
from keys.sealing import Opener
from keys.v1.keystore_pb2 import RingHeader, RingKeys

VECTORS = Path(__file__).parent.parent / "vectors"
KEY = bytes(32)
NAME = "islamabad.pk"
DESK = f"ops.{NAME}"
NOW = 1_795_500_000_000  # ms UTC
OURS = (FusionError, KeysError)
"""What a parser may raise; `Parser.also` names what a docstring promises beside it."""


@dataclass(frozen=True)
class Parser:
    """A parser: `call` is its entry, `seeds` are inputs that it takes, or nearly."""

    call: Callable[[bytes], object]
    seeds: Callable[[], Iterable[bytes]] = tuple
    also: tuple[type[Exception], ...] = ()

    def corpus(self, name: str) -> list[bytes]:
        """Return its seeds, and what was found in it before."""
        kept = sorted((VECTORS / "fuzz").glob(f"{name.replace(' ', '-')}.*"))
        return [*self.seeds(), *(path.read_bytes() for path in kept)]

    def run(self, data: bytes) -> None:
        """Parse; raise what is a finding."""
        allowed: tuple[type[Exception], ...] = (*OURS, *self.also)
        try:
            self.call(data)
        except allowed:
            return


@cache
def _vectors(name: str) -> object:
    return json.loads((VECTORS / "spec" / f"{name}.json").read_text())


def _values(found: object, key: str) -> Iterator[str]:
    """Yield each text under a key, however deep."""
    if isinstance(found, Mapping):
        held = found.get(key)
        yield from [held] if isinstance(held, str) else ()
        yield from (one for one in held or () if isinstance(held, list) and one)
        found = [one for one in found.values() if one is not held]
    if isinstance(found, list):
        for one in found:
            yield from _values(one, key)


def spec(name: str, key: str) -> Callable[[], list[bytes]]:
    """Return a reader of the bytes under a key of a chapter's vectors."""

    def read() -> list[bytes]:
        return [_bytes(text) for text in _values(_vectors(name), key)]

    return read


def envelopes(part: str) -> Callable[[], list[bytes]]:
    """Return a reader of a part of the envelopes, good and bad."""

    def read() -> list[bytes]:
        paths = sorted((VECTORS / "envelope").glob("*/*.json"))
        found = [json.loads(path.read_text()) for path in paths]
        return [_bytes(text) for one in found for text in _values(one, part)]

    return read


def files(pattern: str) -> Callable[[], list[bytes]]:
    """Return a reader of the files of the vectors that match."""
    return lambda: [path.read_bytes() for path in sorted(VECTORS.glob(pattern))]


def _bytes(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return text.encode()


def cores() -> list[bytes]:
    """Return the cores of the envelopes, good and bad."""
    return [pb.Entry.FromString(one).core for one in _entries()]


def _entries() -> Iterator[bytes]:
    logs = ("statements", "verdicts", "release")
    every = [spec(name, "entry")() for name in logs]
    for entry in (*envelopes("entry")(), *(one for each in every for one in each)):
        with suppress(DecodeError):
            pb.Core.FromString(pb.Entry.FromString(entry).core)
            yield entry


def _statements() -> list[bytes]:
    """Return what is stated in the entries of the vectors."""
    clear = [pb.Core.FromString(core).clear for core in cores()]
    return sorted({one for one in clear if one})


def _policies() -> list[bytes]:
    found = []
    for data in _statements():
        with suppress(DecodeError):
            found.append(pb.Statement.FromString(data).policy)
    return [one for one in found if one]


@cache
def _sent() -> list[bytes]:
    """Return whole envelopes, as they travel, good and bad."""
    sent = []
    for path in sorted((VECTORS / "envelope").glob("*/*.json")):
        said = json.loads(path.read_text())
        entry, body = bytes.fromhex(said["entry"]), bytes.fromhex(said["body"])
        wraps = [bytes.fromhex(one) for one in said["wraps"]]
        whole = pb.Envelope(entry=entry, wraps=wraps, body=body)
        sent.append(whole.SerializeToString())
    return sent


def _submitted() -> list[bytes]:
    sent = _sent()
    return [SubmitRequest(envelopes=[one, one]).SerializeToString() for one in sent]


def _frames() -> list[bytes]:
    frames_of = [
        rpc.Frame(batch=Batch(origin=f"{NAME}.fusion/log/1", envelopes=[one]))
        for one in _sent()[:20]
    ]
    frames_of.append(rpc.Frame(piece=rpc.Piece(lane=1, last=True, data=KEY)))
    frames_of.append(rpc.Frame(hello=rpc.Hello(node=NAME)))
    return [one.SerializeToString() for one in frames_of]


def _text(call: Callable[[str], object]) -> Callable[[bytes], object]:
    return lambda data: call(data.decode("utf-8", "replace"))


# What is sealed: the bytes are the clear text.


def _header(cost: Cost = keystore.FLOOR) -> bytes:
    header = keystore.make_header("officer", b"", cost, bytes(16))
    return sealed_file.frame(keystore.MAGIC, header)


def _open_keystore(data: bytes) -> object:
    return keystore._decode(data, keystore.FLOOR, lambda _: KEY)


def _keystore_secrets(data: bytes) -> object:
    before = _header()
    found = _open_keystore(before + sealing.seal_body(KEY, before, data))
    assert isinstance(found, keystore.Unlocked)
    return token.signer_of(found.secrets)


def _ring_keys(data: bytes) -> object:
    header = RingHeader(version=2, desk=DESK, serial=7)
    before = sealed_file.frame(b"FKR2", header)
    sealed = sealing.seal_body(ring.derive_key(KEY, DESK), before, data)
    return ring.decode(before + sealed, DESK, KEY)


@cache
def _opener() -> Opener:
    return Opener(KEY)


def _sealed_archive(lines: bytes) -> bytes:
    sealed = io.BytesIO()
    writer = sealed_stream.seal_for(
        sealed, archive_file.MAGIC, archive_file.LABEL, _opener().public
    )
    writer.write(lines)
    writer.finish()
    return sealed.getvalue()


def _archive_lines(data: bytes) -> object:
    """Read an archive of these lines, through its seal."""
    return _archive(_sealed_archive(data))


def _archive(data: bytes) -> object:
    with _file(data) as path:
        return list(archive_file.read(path, _opener()))


# What is a file.


class _file:  # noqa: N801 - used as a function
    """The path of a file with these bytes, in memory where the system has that."""

    def __init__(self, data: bytes, name: str = "file") -> None:
        shared = Path("/dev/shm")  # noqa: S108 - a folder of its own in it
        self._folder = TemporaryDirectory(dir=shared if shared.is_dir() else None)
        self._path = Path(self._folder.name) / name
        self._path.write_bytes(data)
        self._path.chmod(0o600)

    def __enter__(self) -> Path:
        return self._path

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()


def _export(data: bytes) -> object:
    with _file(data) as path, Export.open(path) as opened:
        return [
            opened.read(one)
            for log in opened.logs
            for chunks in log.chunks.values()
            for one in chunks
        ]


def _node_settings(data: bytes) -> object:
    with _file(data, "config.toml") as path:
        return config.read_node(NodeHome(path.parent))


def _desk_settings(data: bytes) -> object:
    with _file(data, "config.toml") as path:
        return config.read_desk(DeskHome(path.parent))


# What needs something beside it.


@cache
def _log_keys() -> list[note.Vkey]:
    found = _vectors("heads")
    assert isinstance(found, Mapping)
    return [note.Vkey.parse(text) for text in found["log_keys"]]


def _verified_head(data: bytes) -> object:
    checkpoint.cosignatures(data, _log_keys())
    return checkpoint.verify_head(data, _log_keys())


@cache
def _asked() -> trust_pb2.KeyRequest:
    for data in spec("requests", "request")():
        asked = trust_pb2.KeyRequest.FromString(data)
        if asked.tls_request:
            return asked
    raise AssertionError


def _certificate_request(data: bytes) -> object:
    asked = trust_pb2.KeyRequest()
    asked.CopyFrom(_asked())
    asked.tls_request = data
    return certificates.tls_key_hash(asked)


@cache
def _leaves() -> list[bytes]:
    ca = tls.make_ca("pk", NOW)
    public = tls.public_pem_of(ca.cert)
    issued = (
        tls.issue(ca, tls.spiffe_of("node", NAME), public, NOW),
        tls.issue(ca, tls.spiffe_of("desk", DESK), public, NOW),
        tls.issue(ca, tls.spiffe_of("auditor", "court.pk"), public, NOW),
    )
    return [ca.cert, *issued, *map(tls.certificate_der, issued)]


def _chain(data: bytes) -> None:
    tls.verify_chain(data, [_leaves()[0]], NOW)


def _answer(data: bytes) -> object:
    found = check_answer.certificate_of_answer(data)
    with suppress(*OURS):
        check_answer.read_answer(data, _asked(), NOW)
    return found


def _answers() -> list[bytes]:
    bundles = spec("bundles", "bundle")()
    return [
        trust_pb2.KeyAnswer(
            version=2, name=_asked().name, tls_certificate=leaf, bundle=data
        ).SerializeToString(deterministic=True)
        for data, leaf in zip(bundles, _leaves(), strict=False)
    ]


@cache
def _own_lines() -> bytes:
    return spec("heads", "note")()[0].partition(b"\n\n")[2]


def _witness_lines(data: bytes) -> object:
    head = spec("heads", "note")()[0]
    answer = WitnessAnswer(200, "text/plain", data)
    witness_client._stands(WitnessAnswer(409, witness_client.SIZE_TYPE, data))
    return witness_client.verify_lines(answer, head, _log_keys())


def _payload(data: bytes) -> None:
    sent = parse_envelope(data)
    envelope.check_payload(envelope.split(sent.entry), sent.wraps, sent.body)


def _frame(data: bytes) -> object:
    frame = frames.read(data)
    return parse_batch(frame.batch)


def _json_bulletin(data: bytes) -> object:
    return content.from_json(json_reader.read_json(data))


def _samples() -> list[bytes]:
    found = Path(config.__file__).parent.parent / "cli" / "samples"
    return [path.read_bytes() for path in sorted(found.glob("*.json"))]


@cache
def _sample_contents() -> list[bytes]:
    return [
        content.encode(content.from_json(json.loads(data)).content)
        for data in _samples()
    ]


def _manifests() -> list[bytes]:
    said = {"name": "config.toml", "size": 3, "sha256": "00" * 32}
    rows = {"messages": 2}
    manifest = {"version": 2, "desk": DESK, "made": 1, "files": [said], "rows": rows}
    return [json.dumps(manifest).encode()]


def _keystores() -> list[bytes]:
    before, secrets = _header(), spec("keystore", "secrets")()
    return [before + sealing.seal_body(KEY, before, one) for one in secrets]


def _ring() -> ring.Ring:
    keys = tuple(ring.RingKey(KEY, n, n + 1, state) for n, state in enumerate(State))
    return ring.Ring(DESK, 7, keys)


def _ring_messages() -> list[bytes]:
    keys = RingKeys(keys=[ring._message(one) for one in _ring().keys])
    return [keys.SerializeToString()]


def _lines_of_archive() -> list[bytes]:
    line = b'{"line": "archive", "version": 2}\n'
    digest = hashlib.sha256(line).hexdigest()
    end = {"line": "end", "lines": 1, "sha256": digest}
    return [line + json.dumps(end).encode() + b"\n"]


def _archives() -> list[bytes]:
    return [_sealed_archive(one) for one in _lines_of_archive()]


def _rows() -> list[bytes]:
    rows = (records.HEADER, 2, 40), (records.LOG, 2, 40), (records.PULSE, 1, 40)
    return [b"".join(records.ROW.pack(*row, KEY) for row in rows)]


def _disclosures() -> list[bytes]:
    return [disclosure_file.Disclosed(KEY, KEY, KEY).encode()]


def _translations() -> list[bytes]:
    segment = bulletin_pb2.TranslatedSegment(
        id="s0", text="قافلہ", source=KEY, state="TRANSLATED", origin="HUMAN"
    )
    made = bulletin_pb2.Translation(
        lang="ur", state="TRANSLATED", origin="HUMAN", segments=[segment]
    )
    return [content.encode(made)]


def _remarks() -> list[bytes]:
    text = bulletin_pb2.Segment(id="s0", lang="en", text="Seen.")
    return [content.encode(bulletin_pb2.Remark(text=text))]


def _xliff_files() -> list[bytes]:
    name = "ab" * 32
    return [
        f"""<?xml version="1.0" encoding="UTF-8"?>
<xliff xmlns="urn:oasis:names:tc:xliff:document:2.0" version="2.1" srcLang="en"
 trgLang="ur"><file id="{name}" original="{name}"><unit id="s1"><segment id="s1"
 state="translated"><source>Convoy delayed</source><target>قافلہ</target></segment>
</unit></file></xliff>""".encode()
    ]


URI = b"pkcs11:token=pk;object=duty-1?module-path=/usr/lib/softhsm/libsofthsm2.so"
SETTINGS = b'name = "islamabad.pk"\nlisten = "127.0.0.1:7443"\ntexts_a_day_mib = 64\n'
DESK_SETTINGS = b'name = "ops.islamabad.pk"\nofficer = "duty-1"\nconnect_s = 9\n'
SEARCH = "from:ops.beijing.cn kind:SITREP since:2026-11-24 “convoy”".encode()

PARSERS: dict[str, Parser] = {
    # Envelopes, as desks and nodes hand them over.
    "envelope": Parser(envelope.split, envelopes("entry")),
    "core": Parser(core.parse_core, cores),
    "payload": Parser(_payload, _sent),
    "pad": Parser(envelope.unpad, lambda: list(map(envelope.pad, _sample_contents()))),
    "wire envelope": Parser(parse_envelope, _sent),
    "submit": Parser(parse_submit, _submitted),
    "wrap": Parser(
        lambda data: _opener().open(data, b""),
        lambda: [sealing.seal(_opener().public, b"", KEY)],
    ),
    "cobblestone": Parser(
        lambda data: sealing.open_body(KEY, b"", data),
        lambda: [sealing.seal_body(KEY, b"", KEY)],
    ),
    # Texts, once they are opened.
    "content": Parser(content.decode, _sample_contents),
    "translation": Parser(content.decode_translation, _translations),
    "remark": Parser(examine_entry.decode_remark, _remarks),
    # Logs.
    "note": Parser(note.parse_note, spec("heads", "note")),
    "vkey": Parser(_text(note.Vkey.parse), spec("heads", "log_keys")),
    "head": Parser(_verified_head, spec("heads", "note")),
    "head text": Parser(
        checkpoint.parse_head,
        lambda: [one.partition(b"\n\n")[0] + b"\n" for one in spec("heads", "note")()],
    ),
    "directory entry": Parser(
        directory_tree.is_directory, spec("directories", "entry")
    ),
    "policy": Parser(policy.Policy.parse, spec("policies", "policy")),
    "policies": Parser(policies.read, spec("policies", "policy")),
    "release policy": Parser(release_policy.read_release, _policies),
    "proof": Parser(proof.Proof.parse, spec("proofs", "file")),
    "fork": Parser(fork.parse, spec("forks", "file")),
    "entry place": Parser(_text(entry_place.parse), lambda: [b"islamabad.pk#412"]),
    "witness": Parser(_witness_lines, lambda: [_own_lines()]),
    # Lines between nodes.
    "frame": Parser(_frame, _frames),
    # Trust.
    "statement": Parser(statements.parse_statement, _statements),
    "bundle": Parser(bundle.read, spec("bundles", "bundle")),
    "key request": Parser(requests.read_request, spec("requests", "request")),
    "key answer": Parser(_answer, _answers),
    "certificate request": Parser(_certificate_request, lambda: [_asked().tls_request]),
    "certificate": Parser(identity.read_certificate.__wrapped__, _leaves),
    "certificate chain": Parser(_chain, _leaves),
    "spiffe": Parser(
        _text(tls.parse_spiffe), lambda: [tls.spiffe_of("desk", DESK).encode()]
    ),
    # Files that are carried.
    "keystore": Parser(_open_keystore, _keystores),
    "keystore secrets": Parser(_keystore_secrets, spec("keystore", "secrets")),
    "ring": Parser(
        lambda data: ring.decode(data, DESK, KEY), lambda: [ring.encode(_ring(), KEY)]
    ),
    "ring keys": Parser(_ring_keys, _ring_messages),
    "token": Parser(_text(token_uri.TokenUri.parse), lambda: [URI], (ValueError,)),
    "backup manifest": Parser(backup_file.Manifest.parse, _manifests),
    "archive": Parser(_archive, _archives),
    "archive lines": Parser(_archive_lines, _lines_of_archive),
    "export": Parser(_export, spec("exports", "file")),
    "export rows": Parser(
        lambda data: list(
            records.RecordPlaces().read(
                data[: len(data) // records.ROW.size * records.ROW.size]
            )
        ),
        _rows,
    ),
    "export trailer": Parser(
        lambda data: export_signature.read(data, len(data)), spec("exports", "file")
    ),
    "export chunk": Parser(records.split, lambda: [b"\0\0\0\2ab"], (ValueError,)),
    "disclosure": Parser(disclosure_file.Disclosed.parse, _disclosures),
    # What agencies and translators hand over.
    "json": Parser(_json_bulletin, _samples),
    "xliff": Parser(xliff.read, _xliff_files),
    "tmx": Parser(tmx.read, files("tmx/*.tmx")),
    "tbx": Parser(tbx.read, files("tbx/*.tbx")),
    "memory label": Parser(_text(memory.MemoryLabel.parse), lambda: [b"en>ur 1 2 3"]),
    "search": Parser(_text(Filter.parse), lambda: [SEARCH]),
    "node settings": Parser(_node_settings, lambda: [SETTINGS]),
    "desk settings": Parser(_desk_settings, lambda: [DESK_SETTINGS]),
}
