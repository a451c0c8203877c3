"""Running nodes: what each shows of a log, and whether all of it is one history.

    reader    a node as an auditor reads it
    source    one node's view of one log, read like an export
    walked    what is kept of a tree whose entries pass by
    compared  the views of one log, and forks shown
    views     what was found

Nothing that a node answers is believed.
"""
