"""The watch: calls the operator's hooks for waiting FLASH messages and for alarms.

It has no officer's key and opens no text: it reads only the clear headers of envelopes
(docs/decisions/watch.md).

    flash_tally   the waiting FLASH of a desk, from headers alone; pure
    notice        the notice that a hook receives; pure
    channels      the items each channel has reported, and when it is retried; pure
    memory        the state of a watch in a file: a restart reports no item twice
    hook          a command, run with limits on its time and output
    send_apprise  such a command: hands a notice to Apprise
    node_reader   asks the node for new entries
    tally_reader  updates the tally from the node
    locked_count  the count of FLASH for a locked terminal
    rounds        repeated rounds, until the watch is stopped
"""
