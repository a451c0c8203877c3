"""The cosigners that a head needs (C2SP tlog-policy).

log <vkey> [<url>]
witness <name> <vkey> [<url>]
group <name> all|any|<k> <name>...
quorum <name>|none

Bytes, in lines that each end in LF, split at spaces and tabs only; empty lines and
those starting with # are ignored. Names are opaque bytes, local to the file, and
defined above their use. No name is a member twice and no key a witness twice, so that a
line counts only once.

The log's own node asks a witness with a URL (C2SP tlog-witness). Pure, and a function
of the bytes alone: verdicts depend on it.
"""

import re
from collections.abc import Collection, Mapping
from typing import Protocol

from msgspec import Struct

from exchange.errors import Reason, Refusal
from exchange.ledger import note
from exchange.ledger.checkpoint import ALGORITHMS
from exchange.ledger.merkle import SIZE_MAX
from exchange.ledger.note import Key, Vkey
from exchange.limits import POLICY_FILE_MAX, POLICY_ITEMS_MAX
from keys.errors import WeakKey
from keys.signing import check_public

NONE = b"none"
LOG_TYPES = frozenset({note.ED25519, note.ML_DSA_44})
WITNESS_TYPES = frozenset({note.ED25519_COSIGNATURE, note.ML_DSA_44})

_FOREIGN = re.compile(rb"[^\t\n\x20-\x7e\x80-\xff]")
_BLANK = re.compile(rb"[ \t]+")
_COUNT = re.compile(rb"[1-9][0-9]{0,8}")


class LogKey(Struct, frozen=True):
    """`url` is empty if none is given."""

    vkey: Vkey
    url: bytes = b""


class Witness(Struct, frozen=True):
    """`url` is its submission prefix, or empty."""

    name: bytes
    vkey: Vkey
    url: bytes = b""


class Group(Struct, frozen=True):
    """A group: at least `threshold` of its `members` (witnesses and groups) sign."""

    name: bytes
    threshold: int
    members: tuple[bytes, ...]


class Policy(Struct, frozen=True):
    """An empty `quorum`, which no file states, is never met: see `default_policy`."""

    logs: tuple[LogKey, ...]
    witnesses: Mapping[bytes, Witness]
    groups: Mapping[bytes, Group]
    quorum: bytes

    @property
    def vkeys(self) -> tuple[Vkey, ...]:
        return tuple(witness.vkey for witness in self.witnesses.values())

    def met(self, times: Mapping[Key, int]) -> int | None:
        """Return the time (s) of the last line that the quorum needed.

        `times` are those of verified lines under one head, by key; other keys are
        ignored. None if the quorum is not met; 0 if it needs no line.
        """
        if self.quorum == NONE:
            return 0
        times_met = {
            name: times[witness.vkey.key]
            for name, witness in self.witnesses.items()
            if witness.vkey.key in times
        }
        for name, group in self.groups.items():  # each after its members
            had = sorted(
                times_met[member] for member in group.members if member in times_met
            )
            if len(had) >= group.threshold:
                times_met[name] = had[group.threshold - 1]
        return times_met.get(self.quorum)

    def agreed_size(self, sizes: Mapping[Key, int]) -> int:
        """Return the size up to which the quorum is met, SIZE_MAX if it needs no line.

        `sizes` are of the newest head that each key has signed: a line covers all below
        its head. 0 if the quorum is not met, or never can be.
        """
        if self.quorum == NONE:
            return SIZE_MAX
        met = {
            name: sizes.get(witness.vkey.key, 0)
            for name, witness in self.witnesses.items()
        }
        for name, group in self.groups.items():  # each after its members
            had = sorted((met.get(member, 0) for member in group.members), reverse=True)
            met[name] = had[group.threshold - 1]
        return met.get(self.quorum, 0)

    def fewest(
        self, keys: Collection[Key], known: Collection[Key] = ()
    ) -> frozenset[Key] | None:
        """Return the fewest of these keys with lines that meet the quorum.

        Those of `known` cost nothing: the reader of the lines has them. None if all
        `keys` together do not meet it.
        """
        if self.quorum == NONE:
            return frozenset()
        met: dict[bytes, frozenset[Key]] = {
            name: frozenset({witness.vkey.key})
            for name, witness in self.witnesses.items()
            if witness.vkey.key in keys
        }
        for name, group in self.groups.items():  # each after its members
            had = sorted(
                (met[member] for member in group.members if member in met),
                key=lambda some: len(some.difference(known)),
            )
            if len(had) >= group.threshold:
                fewest = had[: group.threshold]
                met[name] = frozenset(key for some in fewest for key in some)
        return met.get(self.quorum)

    def encode(self) -> bytes:
        lines = [_line(b"log", key.vkey, key.url) for key in self.logs]
        lines += [
            _line(b"witness " + each.name, each.vkey, each.url)
            for each in self.witnesses.values()
        ]
        lines += [
            b"group %b %d %b" % (each.name, each.threshold, b" ".join(each.members))
            for each in self.groups.values()
        ]
        if self.quorum:
            lines.append(b"quorum " + self.quorum)
        return b"".join(line + b"\n" for line in lines)

    @classmethod
    def parse(cls, text: bytes) -> "Policy":
        """Raise Refusal(POLICY), `where` giving the line."""
        if len(text) > POLICY_FILE_MAX:
            raise Refusal(Reason.POLICY, "size")
        if text and not text.endswith(b"\n"):
            raise Refusal(Reason.POLICY, "end of the last line")
        reading = _Reading()
        for number, line in enumerate(text.split(b"\n"), 1):
            try:
                reading.line(line)
            except _Bad as bad:
                raise Refusal(Reason.POLICY, f"line {number}: {bad}") from None
        if reading.quorum is None:
            raise Refusal(Reason.POLICY, "no quorum")
        return cls(
            tuple(reading.logs), reading.witnesses, reading.groups, reading.quorum
        )


def _line(before: bytes, vkey: Vkey, url: bytes) -> bytes:
    return b" ".join(filter(None, [before, vkey.encode().encode(), url]))


class _Bad(Exception):
    """Raised for a faulty line."""


class _Reading:
    def __init__(self) -> None:
        self.logs: list[LogKey] = []
        self.witnesses: dict[bytes, Witness] = {}
        self.groups: dict[bytes, Group] = {}
        self.quorum: bytes | None = None
        self._members: set[bytes] = set()
        self._log_keys: set[bytes | Key] = set()
        self._witness_keys: set[bytes | Key] = set()

    def line(self, line: bytes) -> None:
        if _FOREIGN.search(line):
            raise _Bad("control character")
        keyword, *words = _BLANK.split(line.strip(b" \t"))
        if not keyword or keyword.startswith(b"#"):
            return
        match keyword, words:
            case b"log", [vkey, *url]:
                self._log(vkey, _at_most_one(url))
            case b"witness", [name, vkey, *url]:
                self._witness(name, vkey, _at_most_one(url))
            case b"group", [name, count, *members]:
                self._group(name, count, members)
            case b"quorum", [name]:
                self._quorum(name)
            case _:
                raise _Bad("none of log, witness, group, quorum")

    def _log(self, text: bytes, url: bytes) -> None:
        self.logs.append(LogKey(_vkey(text, LOG_TYPES, self._log_keys), url))
        _bound(self.logs)

    def _witness(self, name: bytes, text: bytes, url: bytes) -> None:
        vkey = _vkey(text, WITNESS_TYPES, self._witness_keys)
        self.witnesses[self._new(name)] = Witness(name, vkey, url)
        _bound(self.witnesses)

    def _group(self, name: bytes, count: bytes, members: list[bytes]) -> None:
        for member in members:
            if self._defined(member) in self._members:
                raise _Bad("a member twice")
            self._members.add(member)
        threshold = _threshold(count, len(members))
        self.groups[self._new(name)] = Group(name, threshold, tuple(members))
        _bound(self.groups)

    def _quorum(self, name: bytes) -> None:
        if self.quorum is not None:
            raise _Bad("a second quorum")
        self.quorum = name if name == NONE else self._defined(name)

    def _new(self, name: bytes) -> bytes:
        if name == NONE or name in self.witnesses or name in self.groups:
            raise _Bad("a name that is taken")
        return name

    def _defined(self, name: bytes) -> bytes:
        if name not in self.witnesses and name not in self.groups:
            raise _Bad("a name that no line above defines")
        return name


def _at_most_one(url: list[bytes]) -> bytes:
    if len(url) > 1:
        raise _Bad("a word too many")
    return url[0] if url else b""


def _bound(many: list[LogKey] | Mapping[bytes, object]) -> None:
    if len(many) > POLICY_ITEMS_MAX:
        raise _Bad("too many")


def _threshold(text: bytes, members: int) -> int:
    words = {b"any": 1, b"all": members}
    if text not in words and not _COUNT.fullmatch(text):
        raise _Bad("neither all, any nor a number")
    threshold = words[text] if text in words else int(text)
    if not 1 <= threshold <= members:
        raise _Bad("a number that its members cannot reach")
    return threshold


def _vkey(text: bytes, types: frozenset[int], known: set[bytes | Key]) -> Vkey:
    """Add a strong key of one of the types to `known`; _Bad if it is there."""
    try:
        vkey = Vkey.parse(text.decode())
        check_public(ALGORITHMS[vkey.type], vkey.public)
    except (UnicodeDecodeError, Refusal, WeakKey):
        raise _Bad("not a key, or a weak one") from None
    if vkey.type not in types:
        raise _Bad("a key of another type")
    # Name and ID identify lines, so those must differ as well.
    if not known.isdisjoint({vkey.public, vkey.key}):
        raise _Bad("a key that stands above")
    known |= {vkey.public, vkey.key}
    return vkey


class _Member(Protocol):
    @property
    def logs(self) -> tuple[Vkey, ...]: ...
    @property
    def cosigners(self) -> tuple[Vkey, ...]: ...


class _Nation(Protocol):
    @property
    def domain(self) -> str: ...
    @property
    def nodes(self) -> Mapping[str, _Member]: ...


def default_policy(node: str, bundles: Mapping[str, _Nation]) -> Policy:
    """Demand more than half of the other nations (docs/spec/ledger.md, "Quorum").

    By any key of any node of each. `bundles` are all imported ones, by domain. Without
    another nation it can never be met.
    """
    own = node.rpartition(".")[2]
    logs = bundles[own].nodes[node].logs if own in bundles else ()
    witnesses: dict[bytes, Witness] = {}
    groups: dict[bytes, Group] = {}
    for domain in sorted(bundles.keys() - {own}):
        if found := _witnesses(bundles[domain]):
            witnesses |= found
            groups[domain.encode()] = Group(domain.encode(), 1, tuple(found))
    quorum = b"more/than/half" if groups else b""  # a nation has no slash
    if groups:
        groups[quorum] = Group(quorum, len(groups) // 2 + 1, tuple(groups))
    return Policy(tuple(map(LogKey, logs)), witnesses, groups, quorum)


def _witnesses(nation: _Nation) -> dict[bytes, Witness]:
    """Return the witnesses, including the older keys of nodes."""
    return {
        name: Witness(name, vkey)
        for node, member in sorted(nation.nodes.items())
        for count, vkey in enumerate(member.cosigners, 1)
        for name in [f"{node}/{count}".encode() if count > 1 else node.encode()]
    }
