"""Check a whole history, with public keys alone.

Exports, running nodes and databases are read, and nothing of them is believed: each
is a `LogSource`, which `verify_log` verifies. The layers, each of which imports from
those below it alone (a contract in pyproject.toml holds that):

    text                         results as lines and as JSON
    verify_database, _export, _nodes, compare, entry_inclusion
                                 what is asked; begin there
    database                     rows of a database, beside the log that was verified
    export                       files written: exports, tiles, proofs
    judge                        one log, verified: `verify_log`
    sources                      logs as somebody shows them
    result, proven_time          what was found
    trust                        the keys that an auditor was given
"""
