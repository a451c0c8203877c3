"""The desk: reads and writes for one officer, and talks to its own node only.

It takes nothing on that node's word: what it shows it has verified itself.

    client       what an officer's program does, in one class; begin here
    officer      whose keys these are
    link/        the line to the own node, and what is believed of the logs
    incoming/    what arrives: opened, filed, put beside what it speaks of
    outgoing/    what an officer writes, until it is an envelope
    translation/ translations under way, the glossary, the memory
    deadlines/   what is asked by when, and to whom it is taken
    mailbox/     the encrypted database, its filters and its search
    terminal/    what the terminal asks, in the form that it asks for
"""
