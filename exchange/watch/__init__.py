"""The watch: calls a hook of the operator's for FLASH that wait, and for alarms.

It holds no officer's key and opens nothing: it knows what the clear header of an
envelope says to anybody who carries it (docs/decisions/watch.md).

    waiting       the FLASH that wait for a desk, by headers alone; pure
    notice        what a hook is told; pure
    reported      what each channel was told, and when it is tried again; pure
    memory        all that as a file, so that a restart rings nothing twice
    hook          a command, run with a time limit and a bound on what it says
    send_apprise  such a command: hands a notice to Apprise
    node_reader   asks the node what is new
    reading       what waits, kept up with the node
    locked        that alone, for a terminal that is locked
    rounds        one round after another, until somebody stops it
"""
