"""A directory found in the database: at any place it says what the whole one says."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange import envelope
from exchange.audit.database.statements import check_statements
from exchange.errors import Reason, Refusal, Tampered
from exchange.limits import DIRECTORY_ANSWERS
from exchange.node.batch_verdict import KnownSoFar
from exchange.node.members import Standing
from exchange.store import NewEntry, Store, raw_rows
from exchange.store import statements as stored
from exchange.store.statements import StoredStatements
from exchange.trust import rules, statements, wire
from exchange.trust.directory import Directory
from exchange.v1 import envelope_pb2 as pb
from keys.signing import X_WING, Signer, kid
from tests.audit.ledger import opened
from tests.expecting import refusing
from tests.node.world import FILED, core
from tests.quick import folder_in_memory
from tests.store.support import ORIGIN, Log, entry
from tests.trust.editions import state_roots
from tests.trust.nation import DAY, NOW, Nation, ed, key, ml, revocation

NEXT = "islamabad.pk.fusion/log/2"
NATION = Nation()
DESKS = ("ops.islamabad.pk", "rescue.islamabad.pk")
KEYS = tuple(ed(f"key {number}") for number in range(6))
SEALING = tuple(kid(X_WING, one.public * 38) for one in KEYS)
STATES = (
    *("author", "releaser", "issuer", "sealing", "reader"),
    *("revoked", "revoked by roots", "quorum", "kept", "rules", "roots", "release"),
)
READING_DESK = "watch.islamabad.pk"
ROOTS = tuple((one, ml(f"root {number}")) for number, one in enumerate(KEYS))

State = tuple[str, int, int, int]
"""What is stated, by which of the keys, of which of the desks, and a number."""
states = st.tuples(
    st.sampled_from(STATES),
    st.integers(0, len(KEYS) - 1),
    st.integers(0, len(DESKS) - 1),
    st.integers(1, 9),
)


def statement(state: State) -> pb.Statement:
    what, which, where, number = state
    signer, desk = KEYS[which], DESKS[where]
    subject = f"duty-1@{desk}"
    if what.startswith("revoked"):
        of = subject if what == "revoked" else NATION.node
        return revocation(of, signer.kid, NOW - number * DAY)
    if what in {"quorum", "kept", "rules", "release"}:
        text = b"%s %d\n" % (b"rules" if what == "rules" else b"retention", number)
        if what == "quorum":
            text = b"# %d\nquorum none\n" % which
        if what == "release":
            text = b"release\n* * * two\n" if which % 2 else b"release\n"
        return statements.policy_statement("pk", text, number)
    if what == "sealing":
        life = NOW, NOW + number * DAY
        return statements.sealing_statement(desk, signer.public * 38, life)
    if what == "reader":
        life = NOW, NOW + number * DAY
        made = statements.sealing_statement(READING_DESK, signer.public * 38, life)
        made.role = "reader"
        return made
    if what == "roots":
        return state_roots("pk", ROOTS[which], number)
    subject = "issuer@pk" if what == "issuer" else subject
    return key(subject, what, signer)


def new_entry(number: int, made: pb.Statement) -> NewEntry:
    """Return an entry that states it; whether its signer may, nobody asks here."""
    header = core(
        NATION,
        kind=pb.KIND_DIRECTORY,
        clear=wire.encode(made),
        precedence=pb.PRECEDENCE_ROUTINE,
        filed=FILED + number,
    )
    signers: list[tuple[str, Signer]] = [("author", NATION.author)]
    if made.type == pb.STATEMENT_TYPE_REVOCATION and made.subject == NATION.node:
        signers = [("root", root) for root in NATION.roots]
        header.author = NATION.roots[0].kid
    sent = envelope.sign(envelope.seal(header, b"", {}), signers)
    made_up = entry(number, kind=pb.KIND_DIRECTORY)
    return made_up._replace(entry=sent.entry, wraps=(), body=b"")


def apply(directory: Directory, index: int, new: NewEntry) -> None:
    header = envelope.split(new.entry).core
    directory.apply(index, header, statements.parse_statement(header.clear))


def said(directory: Directory) -> dict[str, object]:
    """Return all that a directory answers, of whom there is and whom not."""
    kids = [*(one.kid for one in KEYS), *SEALING, bytes(32)]
    kids += [one.kid for pair in (*ROOTS, NATION.roots) for one in pair]
    desks = (*DESKS, READING_DESK, "none.islamabad.pk")
    subjects = [*(f"duty-1@{desk}" for desk in desks), *desks, "pk", "issuer@pk"]
    roles = ("author", "releaser", "issuer", "sealing", "reader", "root", "")
    return {
        "signer": [directory.signer(role, kid) for role in roles for kid in kids],
        "revoked": [
            directory.revoked_since(kid, one)
            for kid in kids
            for one in (f"duty-1@{DESKS[0]}", "")
        ],
        "sealing": [directory.sealing_keys(desk) for desk in desks],
        "chosen": [
            directory.sealing_key(desk, NOW + days * DAY)
            for desk in desks
            for days in (0, 5)
        ],
        "officers": [directory.has_officer(desk) for desk in desks],
        "desks": directory.desks(),
        "known": [directory.has_desk(desk) for desk in desks],
        "rules": directory.rules,
        "roots": directory.roots(),
        "quorum": directory.quorum_text,
        "release": directory.release_policy,
        "retention": directory.retention,
        "retentions": directory.retentions,
        "serial": [directory.serial(type_) for type_ in statements.NUMBERED],
        "count": [directory.count_statements(one) for one in subjects],
    }


@contextmanager
def made_store() -> Iterator[Store]:
    with folder_in_memory() as folder, closing(Store(folder / "ledger.db")) as store:
        store.claim(bytes(16))
        yield store


@settings(max_examples=40, deadline=None)
@given(
    st.lists(states, max_size=12),
    st.lists(states, max_size=8),
    st.integers(1, 4),
)
def test_at_any_place_it_says_what_the_whole_directory_says(
    first: list[State], second: list[State], answers: int
) -> None:
    """Over two logs that continue each other, and by a memory of few answers."""
    whole = Directory(NATION.node, NATION.bundle)
    upon: list[tuple[Directory, StoredStatements, dict[str, object]]] = []
    with (
        made_store() as store,
        patch.multiple(stored, DIRECTORY_ANSWERS=answers, PAGE=2),
    ):
        for origin, history in ((ORIGIN, first), (NEXT, second)):
            log = Log(store, origin)
            for index, state in enumerate(history):
                earlier = store.statements.up_to_now([ORIGIN, NEXT], "pk")
                begun = Directory(NATION.node, NATION.bundle, earlier)
                upon.append((begun, earlier, said(whole)))
                new = new_entry(index, statement(state))
                log.append(new)
                for each in (whole, *(one for one, _, _ in upon)):
                    apply(each, index, new)
        now = said(whole)
        for begun, earlier, before in upon:
            assert said(begun) == now
            assert said(begun.copy()) == now
            # What has come to stand behind it has changed nothing of it.
            again = Directory(NATION.node, NATION.bundle, earlier)
            assert said(again) == before


def test_what_is_remembered_is_bounded() -> None:
    with made_store() as store:
        Log(store).append(new_entry(0, statement(("author", 0, 0, 1))))
        earlier = store.statements.up_to_now([ORIGIN], "pk")

        for number in range(DIRECTORY_ANSWERS + 100):
            assert earlier.key(number.to_bytes(32)) is None
        assert len(store.statements._answers) == DIRECTORY_ANSWERS
        assert earlier.key(KEYS[0].kid) is not None


def test_a_directory_that_cannot_be_read_is_no_verdict() -> None:
    """Members would keep it for good, and each another one."""
    sent = new_entry(1, statement(("author", 1, 0, 2))).entry

    class Unreadable(StoredStatements):
        def key(self, key_id: bytes) -> None:
            raise Refusal(Reason.LOCKED, key_id.hex())

    with made_store() as store:
        earlier = Unreadable(store.statements, (), "pk")
        directory = Directory(NATION.node, NATION.bundle, earlier)
        log = rules.Log(NATION.node, directory, KnownSoFar(Standing({}, frozenset())))

        with refusing(Reason.LOCKED):
            rules.judge(sent, log)


@pytest.mark.parametrize(
    ("where", "index"),
    [
        (stored.KEY, "statement_kid"),
        (stored.REVOKED, "statement_kid"),
        (stored.IN_ROLE, "statement_subject"),
        (stored.ABOUT, "statement_subject"),
        (stored.OF_OFFICERS, "statement_desk"),
    ],
)
def test_no_question_goes_through_a_whole_log(where: str, index: str) -> None:
    query = 'SELECT count(*) FROM statement WHERE log = ? AND "index" < ? AND'
    asked = [1] * (2 + where.count("?"))
    with made_store() as store, store._database.read_cursor() as cursor:
        rows = cursor.execute(f"EXPLAIN QUERY PLAN {query} {where}", asked).fetchall()

    assert all(f" INDEX {index} " in row[-1] for row in rows)
    assert len(rows) == 1


def test_a_row_that_leads_to_another_key_is_damage() -> None:
    with folder_in_memory() as folder:
        with closing(Store(folder / "ledger.db")) as store:
            store.claim(bytes(16))
            log = Log(store)
            for number in range(3):
                log.append(new_entry(number, statement(("author", number, 0, 1))))
        path = folder / "ledger.db"
        assert faults(path) == []
        with opened(path) as connection:
            connection.execute("UPDATE statement SET kid = X'00' WHERE \"index\" = 1")
            connection.execute('DELETE FROM statement WHERE "index" = 2')
            connection.execute(
                "INSERT INTO statement SELECT log, 7, type, subject, role, desk,"
                ' kid, since FROM statement WHERE "index" = 0'
            )

        assert faults(path) == [1, 2, 7]
        with closing(Store(path)) as store:
            earlier = store.statements.up_to_now([ORIGIN], "pk")
            with pytest.raises(Tampered):
                earlier.key(bytes(1))


def faults(path: Path) -> list[int | None]:
    with raw_rows.open_view(path) as raw:
        found = check_statements(raw, {1: ORIGIN})
        return [fault.index for fault in found]
