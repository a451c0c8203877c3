"""The keystore, against an independent reader and every way to edit a file."""

import os
import struct
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from argon2.low_level import Type, hash_secret_raw
from hypothesis import given, settings
from hypothesis import strategies as st

from keys import files, keystore, sealing
from keys.errors import KeyFileError, KeystoreError
from keys.keystore import DEFAULT_COST, FLOOR, Cost
from keys.v1.keystore_pb2 import KeystoreHeader, KeystoreSecrets
from tests.second_sealing import Cobblestone256

# Below the floor, so that a test may derive thousands of times.
CHEAP = Cost(64, 1, 1)
WORDS = "Karakoram-喀喇昆仑-قراقرم"
KID = bytes(range(32))
SECRETS = KeystoreSecrets(
    signing_seed=bytes(range(32)),
    database_key=b"\xaa" * 32,
)
MESSAGE = "wrong passphrase, or the key file is damaged"


def made(
    role: str = "officer", kid: bytes = KID, cost: Cost = CHEAP, salt: bytes = b"s" * 16
) -> bytes:
    header = keystore.make_header(role, kid, cost, salt)
    return keystore.encode(header, WORDS, SECRETS, floor=CHEAP)


FILE = made()


def opens(data: bytes, passphrase: str = WORDS) -> keystore.Unlocked:
    return keystore.decode(data, passphrase, floor=CHEAP)


def refused(data: bytes, passphrase: str = WORDS) -> None:
    with pytest.raises(KeystoreError) as error:
        opens(data, passphrase)
    assert str(error.value) == MESSAGE
    assert error.value.__cause__ is None
    assert error.value.__suppress_context__ or error.value.__context__ is None


def split(data: bytes) -> tuple[bytes, bytes]:
    (size,) = struct.unpack_from(">I", data, 4)
    return data[8 : 8 + size], data[8 + size :]


def framed(header: bytes, sealed: bytes) -> bytes:
    return b"FKS2" + struct.pack(">I", len(header)) + header + sealed


def test_what_was_kept_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "duty-1.key"
    keystore.create(path, WORDS, "officer", KID, SECRETS)
    unlocked = keystore.unlock(path, WORDS)
    assert unlocked == keystore.Unlocked("officer", KID, SECRETS, unlocked.key)
    assert path.stat().st_mode & 0o777 == 0o600
    assert os.listdir(tmp_path) == ["duty-1.key"]  # noqa: PTH208 - also hidden drafts
    assert b"\xaa" * 32 not in path.read_bytes()


def test_a_second_reader_opens_the_file() -> None:
    """Argon2id of another library, Cobblestone256 by hand, the header as context."""
    header, sealed = split(FILE)
    fields = KeystoreHeader.FromString(header)
    assert (fields.version, fields.role, fields.kid) == (2, "officer", KID)
    key = hash_secret_raw(
        WORDS.encode(),
        fields.salt,
        time_cost=fields.passes,
        memory_cost=fields.memory,
        parallelism=fields.lanes,
        hash_len=32,
        type=Type.ID,
    )
    context = FILE[: 8 + len(header)]
    clear = Cobblestone256(key, context, sealed[:24]).open(sealed)
    assert KeystoreSecrets.FromString(clear) == SECRETS


def test_argon2id_at_the_cost_that_ships() -> None:
    header = keystore.make_header("root", b"", DEFAULT_COST, b"0123456789abcdef")
    expected = hash_secret_raw(
        b"pass", b"0123456789abcdef", 3, 64 * 1024, 4, 32, Type.ID
    )
    assert keystore._derive("pass", header) == expected


def test_composed_and_decomposed_passphrases_are_one() -> None:
    header = keystore.make_header("root", b"", CHEAP, b"s" * 16)
    data = keystore.encode(header, "Zoë", SECRETS, floor=CHEAP)
    assert opens(data, "Zoe\u0308").secrets == SECRETS


@pytest.mark.parametrize(
    "passphrase", ["", " ", WORDS + " ", WORDS.upper(), "\ud800", "\0"]
)
def test_a_wrong_passphrase_gives_the_one_message(passphrase: str) -> None:
    refused(FILE, passphrase)


@settings(max_examples=200)
@given(st.integers(0, 8 * len(FILE) - 1))
def test_any_flipped_bit_gives_the_one_message(place: int) -> None:
    data = bytearray(FILE)
    data[place // 8] ^= 1 << place % 8
    refused(bytes(data))


@given(st.integers(0, len(FILE) - 1))
def test_any_cut_gives_the_one_message(size: int) -> None:
    refused(FILE[:size])


@given(st.binary(max_size=200))
def test_noise_gives_the_one_message(noise: bytes) -> None:
    refused(noise)
    refused(b"FKS2" + noise)
    refused(framed(noise, split(FILE)[1]))


def edited(**fields: object) -> bytes:
    clear, sealed = split(FILE)
    header = KeystoreHeader.FromString(clear)
    for name, value in fields.items():
        setattr(header, name, value)
    return framed(header.SerializeToString(deterministic=True), sealed)


@pytest.mark.parametrize(
    "fields",
    [
        {"kid": bytes(32)},
        {"kid": b""},
        {"kid": KID[:8]},
        {"passes": 2},
        {"salt": b"t" * 16},
        {"salt": b"s" * 8},
        {"version": 1},
        {"role": ""},
        {"role": "o" * 33},
        {"role": "offi\u0441er"},
        {"memory": 0},
        {"lanes": 0},
        {"passes": 0},
        {"lanes": 9},  # more than Argon2 takes with 64 KiB
    ],
    ids=str,
)
def test_an_edited_header_gives_the_one_message(fields: dict[str, object]) -> None:
    refused(edited(**fields))


def sealed_under(header: bytes) -> bytes:
    """Seal soundly under any header, as one who knows the passphrase could."""
    before = framed(header, b"")
    key = keystore._derive(WORDS, KeystoreHeader.FromString(header))
    return before + sealing.seal_body(key, before, SECRETS.SerializeToString())


def test_two_encodings_of_one_header_are_not_one_file() -> None:
    clear, _ = split(FILE)
    assert opens(sealed_under(clear)).secrets == SECRETS
    refused(sealed_under(clear + b"\x40\x01"))  # an unknown field
    refused(sealed_under(b"\x08\x01" + clear))  # a field twice


@pytest.mark.parametrize(
    "fields",
    [
        {"version": 1},
        {"role": ""},
        {"role": "o" * 33},
        {"role": "offi\u0441er"},
        {"kid": KID[:8]},
        {"salt": b"s" * 8},
    ],
    ids=str,
)
def test_a_header_out_of_bounds_is_refused_though_soundly_sealed(
    fields: dict[str, object],
) -> None:
    header = KeystoreHeader.FromString(split(FILE)[0])
    for name, value in fields.items():
        setattr(header, name, value)
    refused(sealed_under(header.SerializeToString(deterministic=True)))


def test_secrets_that_are_no_message_give_the_one_message() -> None:
    before = framed(split(FILE)[0], b"")
    key = keystore._derive(WORDS, KeystoreHeader.FromString(split(FILE)[0]))
    refused(before + sealing.seal_body(key, before, b"\xff"))


def test_bodies_of_two_files_cannot_be_swapped() -> None:
    other = made(role="issuer")
    refused(framed(split(FILE)[0], split(other)[1]))
    refused(framed(split(other)[0], split(FILE)[1]))


@pytest.mark.parametrize(
    "cost",
    [
        Cost(64 * 1024 * 1024, 1, 1),  # 64 GiB
        Cost(2**32 - 1, 1, 1),
        Cost(64, 10**9, 1),
        Cost(64, 1, 2**24 - 1),
        Cost(1024 * 1024, 16, 4),  # 44 s
        Cost(256 * 1024 + 1, 4, 4),
        Cost(256 * 1024, 5, 4),
    ],
    ids=str,
)
def test_a_hostile_cost_is_refused_before_deriving(
    cost: Cost, monkeypatch: pytest.MonkeyPatch
) -> None:
    def derive(*_: object) -> bytes:
        pytest.fail("derived")

    monkeypatch.setattr(keystore, "_derive", derive)
    refused(edited(memory=cost.memory_kib, passes=cost.passes, lanes=cost.lanes))


def test_a_cost_below_the_floor_is_neither_written_nor_read(tmp_path: Path) -> None:
    with pytest.raises(KeystoreError):
        keystore.decode(FILE, WORDS)
    low = Cost(FLOOR.memory_kib - 1, 3, 4)
    with pytest.raises(KeystoreError):
        keystore.create(tmp_path / "k", WORDS, "root", b"", SECRETS, cost=low)
    assert not list(tmp_path.iterdir())


def test_each_writing_has_its_own_salt() -> None:
    salts = iter((b"a" * 16, b"b" * 16))
    headers = [keystore.make_header("r", b"", CHEAP, next(salts)) for _ in range(2)]
    files = [keystore.encode(h, "p", SECRETS, floor=CHEAP) for h in headers]
    assert split(files[0])[1] != split(files[1])[1]


def test_create_does_not_overwrite_and_replace_does(tmp_path: Path) -> None:
    path = tmp_path / "root.key"
    keystore.create(path, "one", "root", b"", SECRETS)
    before = path.read_bytes()
    with pytest.raises(KeyFileError, match=r"^root\.key: exists already$"):
        keystore.create(path, "two", "root", b"", SECRETS)
    assert path.read_bytes() == before
    keystore.replace(path, "two", "root", b"", SECRETS)
    assert keystore.unlock(path, "two").role == "root"
    assert [one.name for one in tmp_path.iterdir()] == ["root.key"]


def test_a_failed_replace_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "log.key"
    files.create(path, b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(KeyFileError, match=r"^log\.key: cannot be written$"):
        files.replace(path, b"new")
    assert path.read_bytes() == b"old"
    assert [one.name for one in tmp_path.iterdir()] == ["log.key"]


def test_files_are_replaced_together_and_the_old_ones_overwritten(
    tmp_path: Path,
) -> None:
    paths = [tmp_path / "root.key", tmp_path / "issuer.key"]
    for path in paths:
        files.create(path, b"an old seed")
    kept = tmp_path.parent / "kept"
    os.link(paths[0], kept)  # the bytes on the disk, whatever their name

    files.replace_all(dict.fromkeys(paths, b"a new seed"))

    assert [path.read_bytes() for path in paths] == [b"a new seed"] * 2
    assert sorted(one.name for one in tmp_path.iterdir()) == ["issuer.key", "root.key"]
    assert kept.read_bytes() != b"an old seed"
    kept.unlink()


@pytest.mark.parametrize("step", ["draft", "link", "rename"])
def test_where_one_cannot_be_replaced_none_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    paths = [tmp_path / f"{n}.key" for n in range(3)]
    for path in paths:
        files.create(path, path.name.encode())
    real = {"draft": files._write_draft, "rename": files._rename}
    calls = iter(range(9))

    def fail_the_third(*given: Path) -> object:
        if next(calls) == 2:
            raise KeyFileError("2.key: cannot be written")
        return real[step](*given)  # type: ignore[operator]

    if step == "link":
        paths[2].unlink()
    else:
        name = {"draft": "_write_draft", "rename": "_rename"}[step]
        monkeypatch.setattr(files, name, fail_the_third)
    before = {one.name: one.read_bytes() for one in tmp_path.iterdir()}

    with pytest.raises(KeyFileError, match=r"^2\.key: "):
        files.replace_all(dict.fromkeys(paths, b"new"))

    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == before


def test_a_place_that_cannot_be_taken_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "log.key"
    folder.mkdir()
    with pytest.raises(KeyFileError, match=r"^log\.key: cannot be replaced$"):
        files.replace(folder, b"new")

    def link(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")  # as FAT has it

    monkeypatch.setattr(os, "link", link)
    with pytest.raises(KeyFileError, match=r"^tls\.key: cannot be written$"):
        files.create(tmp_path / "tls.key", b"new")
    assert list(tmp_path.iterdir()) == [folder]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o666, 0o610])
def test_a_file_that_others_reach_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "log.key"
    files.create(path, b"seed")
    assert files.read(path) == b"seed"
    path.chmod(mode)
    with pytest.raises(KeyFileError, match=r"^log\.key: others can read it$"):
        files.read(path)
    with pytest.raises(KeyFileError):
        keystore.unlock(path, "p")


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo, 0o600)
    for path in (tmp_path / "absent", tmp_path, fifo):
        with pytest.raises(KeyFileError) as error:
            files.read(path)
        assert str(tmp_path.parent) not in str(error.value)


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "huge"
    path.touch(0o600)
    os.truncate(path, 1 << 40)
    with pytest.raises(KeyFileError, match="too large"):
        files.read(path)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError):
        files.create(tmp_path / "absent" / "log.key", b"seed")


def test_secrets_do_not_show_in_a_representation() -> None:
    assert "secrets" not in repr(opens(FILE))


def test_two_threads_may_derive_at_once(tmp_path: Path) -> None:
    """OpenSSL's pool of lanes would have them wait for each other for ever."""

    def make(number: int) -> bytes:
        path = tmp_path / f"{number}.key"
        seed = bytes([number]) * 32
        keystore.create(
            path, "words", "issuer", b"", KeystoreSecrets(signing_seed=seed)
        )
        return keystore.unlock(path, "words").secrets.signing_seed

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(make, range(1, 5))) == [
            bytes([n]) * 32 for n in range(1, 5)
        ]


def test_a_file_for_the_key_of_another_opens_to_that_and_to_its_passphrase(
    tmp_path: Path,
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    keystore.create(first, WORDS, "officer", KID, SECRETS)
    key = keystore.unlock(first, WORDS).key
    keystore.create_by(second, key, "officer", b"", SECRETS)

    assert keystore.unlock_by(first, key) == keystore.unlock(first, WORDS)
    assert keystore.unlock_by(second, key) == keystore.unlock(second, WORDS)
    assert key.secret.hex() not in repr(key)
    assert repr(key.secret) not in repr(keystore.unlock_by(first, key))
    keystore.replace(second, WORDS, "officer", b"", SECRETS)  # draws another salt
    with pytest.raises(KeystoreError):
        keystore.unlock_by(second, key)
