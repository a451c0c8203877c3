"""Checks of a whole history, with public keys alone.

Exports and running nodes are read, and nothing of them is believed.

    offline, live, compare, verify, disclosed    what is asked; begin there
    trust        the keys that an auditor was given
    nodes/       running nodes: what each shows, beside the others
    export/      the files of an audit: exports, tiles, proofs
    judge/       one log, from its entries and notes
    tell/        what was found, and how it is told
    mend/        a damaged database, put right from a partner's replica
"""
