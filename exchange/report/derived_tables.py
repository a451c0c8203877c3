"""Tables derived from the working table, once, before anything is counted."""

import sqlite3

from exchange import limits
from exchange.v1 import envelope_pb2 as pb

GOALS: dict[int, int] = {  # ms within which a message should be acknowledged
    pb.PRECEDENCE_FLASH: limits.FLASH_GOAL,
    pb.PRECEDENCE_IMMEDIATE: limits.IMMEDIATE_GOAL,
    pb.PRECEDENCE_PRIORITY: limits.PRIORITY_GOAL,
    pb.PRECEDENCE_ROUTINE: limits.ROUTINE_GOAL,
}
CODES: dict[str, int] = {
    "bulletin": pb.KIND_BULLETIN,
    "translation": pb.KIND_TRANSLATION,
    "receipt": pb.KIND_RECEIPT,
    "recall": pb.KIND_RECALL,
    "directory": pb.KIND_DIRECTORY,
    "head": pb.KIND_HEAD,
    "action": pb.RECIPIENT_CLASS_ACTION,
    "emergency": pb.RELEASE_EMERGENCY,
    "recalls": pb.RELATION_RECALLS,
    "opened": pb.RELATION_OPENED,
    "acknowledged": pb.RELATION_ACKNOWLEDGED,
    "completed": pb.RELATION_COMPLETED,
    "cannot_comply": pb.RELATION_CANNOT_COMPLY,
    "unopenable": pb.RELATION_UNOPENABLE,
    "countersigned": pb.RELATION_COUNTERSIGNED,
}

STATEMENTS = (
    # The first receipt of each relation by each addressed desk, on messages of the same
    # mode.
    """
    CREATE TABLE word AS
    SELECT m.number AS message, s.desk AS desk, k.relation AS relation,
        a.class AS class, m.mode AS mode, m.precedence AS precedence,
        MIN(r.filed) - m.filed AS took
    FROM spoken k
    JOIN message r ON r.number = k.message AND r.kind = :receipt
    JOIN signer s ON s.number = r.signer
    JOIN message m ON m.name = k.name AND m.mode = r.mode
    JOIN addressed a ON a.message = m.number AND a.desk = s.desk
    WHERE k.relation BETWEEN :opened AND :unopenable
    GROUP BY m.number, s.desk, k.relation
    """,
    "CREATE INDEX word_message ON word (message, desk, relation)",
    # How long desks addressed for action took, s. An answer before the filing shows two
    # clocks that differ; that is an oddity.
    """
    CREATE TABLE answer AS
    SELECT mode, desk, precedence, relation, took / 1000 AS took FROM word
    WHERE class = :action AND took >= 0 AND relation BETWEEN :opened AND :completed
    """,
    "CREATE INDEX answer_all ON answer (mode, precedence, relation, took)",
    "CREATE INDEX answer_desk ON answer (mode, desk, precedence, relation, took)",
    # Messages recalled by their own desk.
    """
    CREATE TABLE recalled AS
    SELECT DISTINCT m.number AS message
    FROM spoken k
    JOIN message r ON r.number = k.message AND r.kind = :recall
    JOIN signer s ON s.number = r.signer
    JOIN message m ON m.name = k.name AND m.mode = r.mode
    JOIN signer w ON w.number = m.signer AND w.desk = s.desk
    WHERE k.relation = :recalls
    """,
    "CREATE UNIQUE INDEX recalled_message ON recalled (message)",
    # Each desk addressed for action that has not acknowledged, completed or declined.
    """
    CREATE TABLE waiting AS
    SELECT m.number AS message, m.mode AS mode, m.precedence AS precedence,
        m.filed AS filed, a.desk AS desk, m.filed + g.goal AS due
    FROM message m
    JOIN addressed a ON a.message = m.number AND a.class = :action
    JOIN goal g ON g.precedence = m.precedence
    WHERE m.kind IN (:bulletin, :recall)
        AND NOT EXISTS (SELECT 1 FROM recalled WHERE message = m.number)
        AND NOT EXISTS (
            SELECT 1 FROM word w WHERE w.message = m.number AND w.desk = a.desk
            AND w.relation IN (:acknowledged, :completed, :cannot_comply)
        )
    """,
    "CREATE INDEX waiting_order ON waiting (mode, precedence, due)",
)


def derive(db: sqlite3.Connection) -> None:
    """Add the derived tables: word, answer, recalled, waiting."""
    db.execute("CREATE TABLE goal (precedence INTEGER PRIMARY KEY, goal INTEGER)")
    db.executemany("INSERT INTO goal VALUES (?, ?)", GOALS.items())
    for statement in STATEMENTS:
        db.execute(statement, CODES)
