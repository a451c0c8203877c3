"""The watch: calls a hook of the operator's for FLASH that wait, and for alarms.

It holds no officer's key and opens nothing: it knows what the clear header of an
envelope says to anybody who carries it (docs/decisions/watch.md).

    flash_tally   the FLASH that wait for a desk, by headers alone; pure
    notice        the notice that a hook receives; pure
    channels      what each channel has reported, and when it is retried; pure
    memory        the state of a watch in a file, so that a restart rings nothing twice
    hook          a command, run with a time limit and a bound on its output
    send_apprise  such a command: hands a notice to Apprise
    node_reader   asks the node what is new
    tally_reader  brings the tally up to date with the node
    locked_count  the count of FLASH for a terminal that is locked
    rounds        one round after another, until somebody stops it
"""
