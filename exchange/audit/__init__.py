"""Check a whole history with public keys alone.

Exports, nodes and databases are not trusted: each is a `LogSource` for `verify_log`.

    text                         results as lines and as JSON
    verify_database, _export, _nodes, compare, entry_inclusion
                                 the questions; begin there
    database                     rows of a database against the verified log
    export                       files written: exports, tiles, proofs
    judge                        verification of one log: `verify_log`
    sources                      logs as a file, node or database shows them
    result, proven_time          the findings
    trust                        the keys that the auditor was given
"""
