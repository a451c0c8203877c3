"""The step of the schema by which a board finds its few rows in a large mailbox."""

BOARD_INDEX = """
-- What a board shows and counts, of a kind and mode, newest first, without the rows.
CREATE INDEX message_board ON message(kind, mode, filed, expires);
"""
