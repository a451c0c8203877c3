"""The desk: reads and writes for one officer, and talks to its own node only.

It never trusts that node: it has verified everything it shows.

Begin with `client`. Imports go down, from each line to those below it only; a contract
in pyproject.toml enforces it:

    terminal/      the desk as the officer's terminal sees it
    deadlines/     what is due, and to whom it is escalated
    translation/   translations under way, the glossary
    client         the calls of an officer's program, in one class
    standing_text  standings of signers, in words
    disclosure     texts and keys for an auditor
    outgoing/      from an officer's draft to an envelope
    link/          the line to the own node, and the verified state of the logs
    incoming/      arrivals: opened, filed, linked to the messages they refer to
    signer_standings  standings of signers, after later revocations
    officer        the officer's keys
    remarks        the codes of a remark in words
    pinned_logs    the logs of the trust bundles, and their signers
    sealing_ring   the desk's sealing keys, in their file
    mailbox/       the encrypted database, its filters and its search
    status_records status of desk, node and links, and due items
    records        the records a desk shows, each declared once; imports protos only
    ladder         the acknowledgement asked, and how far each desk has come
    search_text    texts as the words of an index
"""
