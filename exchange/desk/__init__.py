"""The desk: reads and writes for one officer, and talks to its own node only.

It takes nothing on that node's word: what it shows it has verified itself.

Begin with `client`. Imports go down, from each line to those below it only; a contract
in pyproject.toml holds that:

    terminal/      the desk as the officer's terminal sees it
    deadlines/     what is asked by when, and to whom it is taken
    translation/   translations under way, the glossary
    client         what an officer's program does, in one class
    standing_text  how signers stand, in words
    disclosure     what is handed to an auditor
    outgoing/      what an officer writes, until it is an envelope
    link/          the line to the own node, and what is believed of the logs
    incoming/      what arrives: opened, filed, put beside what it speaks of
    signer_standings  how signers stand, by what was revoked since
    officer        whose keys these are
    remarks        the codes of a remark in words
    pinned_logs    the logs of the trust bundles, and who may speak in each
    sealing_ring   the desk's sealing keys, in their file
    mailbox/       the encrypted database, its filters and its search
    status_records how desk, node and links stand, and what is due
    records        what a desk shows, each record declared once; imports protos alone
    ladder         what is asked to be acknowledged, and how far each desk has come
    search_text    texts as the words of an index
"""
