"""Bulletins of 2 KB, sealed and signed beforehand on all cores, for several runs.

Each form of bulletin is written once, as a desk writes it. What is submitted has an id
of its own, is sealed for both desks and signed by the officer; only the text is the
same. Requests lie in one file, each with its length before it: a client sends them
without looking into them.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

from msgspec import Struct

from exchange import config, envelope
from exchange.audit.judge.pool import cores
from exchange.bulletin.content import from_json
from exchange.bulletin.values import iso
from exchange.clock import wall_ms
from exchange.core import ID_SIZE
from exchange.demo.sites import OFFICERS, DemoSite
from exchange.demo.traffic import open_desk
from exchange.desk import officer as officers
from exchange.desk.client import Desk
from exchange.envelope import LENGTH_SIZE
from exchange.limits import BODY_MAX, SUBMIT_MAX
from exchange.trust import names
from exchange.v1 import desk_service_pb2 as desk_pb
from exchange.v1 import envelope_pb2 as pb
from keys.signing import Signer

TEXT = 1_750  # characters; with the rest of the content just under 2 KiB
FORMS = (("ROUTINE", "AMBER"), ("ROUTINE", "GREEN"), ("PRIORITY", "AMBER"))
PART = 1_024  # envelopes that a process seals in one go
FEW = 512  # envelopes that are sealed sooner than a process starts
LENGTH = 4  # bytes, big-endian, before each request
SENTENCE = "The second escort waits at the eastern gate until the road is clear. "


class BulletinForm(Struct, frozen=True):
    """A bulletin that was written once: its header, its content, the keys by kid."""

    core: bytes
    content: bytes
    publics: dict[bytes, bytes]


class Work(Struct, frozen=True):
    """The work of one process: so many envelopes, of those forms by turns."""

    site: DemoSite
    forms: tuple[BulletinForm, ...]
    count: int
    filed: int  # ms UTC


def draft_json(
    to: str,
    filed: int,
    precedence: str = "ROUTINE",
    tlp: str = "AMBER",
    first: str = "",
) -> dict[str, object]:
    """Return a situation report of 2 KB for a desk; its text begins with `first`."""
    text = first + SENTENCE * (TEXT // len(SENTENCE) + 1)
    return {
        "kind": "SITREP",
        "precedence": precedence,
        "mode": "TEST",
        "label": {"tlp": tlp, "releasable_to": ["cn", "pk"]},
        "to": [to],
        "subject": {"id": "s0", "lang": "en", "text": "Convoy on the upper road"},
        "segments": [{"id": "s1", "lang": "en", "text": text[:TEXT].strip()}],
        "when": {"from": iso(filed)},
        "place": {"site": "DASU-HPP"},
        "details": {"posture": "GUARDED"},
    }


def write_forms(site: DemoSite, to: str) -> tuple[BulletinForm, ...]:
    """Write each of FORMS at a site's desk, and send none; its node need not run."""
    with open_desk(site) as desk:
        return write_forms_at(desk, to)


def write_forms_at(desk: Desk, to: str) -> tuple[BulletinForm, ...]:
    """Write each of FORMS at a desk that is open, and send none."""
    nations = sorted({names.domain_of(desk.officer.node), names.domain_of(to)})
    forms = []
    for precedence, tlp in FORMS:
        label = {"tlp": tlp, "releasable_to": nations}
        draft = draft_json(to, wall_ms(), precedence) | {"label": label}
        made, _ = desk.compose(from_json(draft))
        now = wall_ms()
        keys = [desk.pinned.sealing_key(one.desk, now) for one in made.core.recipients]
        publics = {key.kid: key.public for key in keys if key is not None}
        forms.append(BulletinForm(made.core.SerializeToString(), made.content, publics))
    return tuple(forms)


def flash_form(form: BulletinForm) -> BulletinForm:
    """Return the form of the same bulletin as a FLASH; no TEST passes a backlog."""
    core = pb.Core.FromString(form.core)
    core.precedence, core.mode = pb.PRECEDENCE_FLASH, pb.MODE_ACTUAL
    return BulletinForm(core.SerializeToString(), form.content, form.publics)


def large_form(form: BulletinForm) -> BulletinForm:
    """Return the form with the largest text that travels; no desk could read it."""
    return BulletinForm(form.core, bytes(BODY_MAX - LENGTH_SIZE), form.publics)


def receipt_form(form: BulletinForm, name: bytes) -> BulletinForm:
    """Return the form of a receipt for that bulletin, by its author and no remark."""
    core = pb.Core.FromString(form.core)
    core.kind = pb.KIND_RECEIPT
    del core.recipients[:]
    core.references.add(relation=pb.RELATION_OPENED, name=name)
    return BulletinForm(core.SerializeToString(), b"", {})


def seal(
    site: DemoSite, forms: Sequence[BulletinForm], count: int
) -> Iterator[pb.Envelope]:
    """Yield that many envelopes, sealed on all cores."""
    parts = [min(PART, count - start) for start in range(0, count, PART)]
    filed = wall_ms()
    work = [Work(site, tuple(forms), part, filed) for part in parts]
    if count <= FEW:
        yield from read_request(_seal_part(work[0]))
        return
    with ProcessPoolExecutor(cores(), get_context("spawn")) as executor:
        for made in executor.map(_seal_part, work):
            yield from read_request(made)


def seal_one(form: BulletinForm, signer: Signer, filed: int) -> pb.Envelope:
    """Seal and sign a bulletin of a form, under a new id, filed then (ms UTC)."""
    core = pb.Core.FromString(form.core)
    core.id, core.filed, core.valid_from = os.urandom(ID_SIZE), filed, filed
    sealed = envelope.seal(core, form.content, form.publics)
    return envelope.sign(sealed, [("author", signer)])


def seal_requests(
    sites: tuple[DemoSite, DemoSite], path: Path, count: int, group: int = SUBMIT_MAX
) -> int:
    """Write requests of bulletins, from the first site's desk to the other's.

    Return the mean size of one (bytes); no node need run.
    """
    forms = write_forms(sites[0], sites[1].desk)
    _, size = write_requests(path, seal(sites[0], forms, count), group)
    return size


def write_requests(
    path: Path, envelopes: Iterator[pb.Envelope], group: int
) -> tuple[int, int]:
    """Write requests of `group` envelopes; return how many, and the mean size (bytes).

    The size is that of an envelope.
    """
    count = total = 0
    with path.open("wb") as file:
        while some := list(islice(envelopes, group)):
            request = _request(some)
            file.write(len(request).to_bytes(LENGTH, "big") + request)
            count, total = count + len(some), total + len(request)
    return count, total // max(count, 1)


def read_request(request: bytes) -> Iterator[pb.Envelope]:
    """Yield the envelopes of a SubmitRequest."""
    for one in desk_pb.SubmitRequest.FromString(request).envelopes:
        yield pb.Envelope.FromString(one)


def _request(envelopes: Iterable[pb.Envelope]) -> bytes:
    serialized = [one.SerializeToString() for one in envelopes]
    return desk_pb.SubmitRequest(envelopes=serialized).SerializeToString()


def read_requests(path: Path) -> Iterator[bytes]:
    """Yield the requests of a file."""
    with path.open("rb") as file:
        while length := file.read(LENGTH):
            yield file.read(int.from_bytes(length, "big"))


_signers: dict[Path, Signer] = {}
"""By home: a process unlocks an officer once."""


def _seal_part(work: Work) -> bytes:
    """Return a SubmitRequest of what this process has sealed."""
    signer = _signer(work.site)
    forms = (work.forms[number % len(work.forms)] for number in range(work.count))
    return _request(seal_one(form, signer, work.filed) for form in forms)


def _signer(site: DemoSite) -> Signer:
    if site.home not in _signers:
        home = config.desk_home(site.home)
        desk = config.read_desk(home).name
        unlocked = officers.unlock(home, desk, OFFICERS[0], site.passphrase)
        _signers[site.home] = unlocked.signer
    return _signers[site.home]
