"""Benchmarks of this machine, with its floors to compare them with.

Each measurement takes what it measures with from the parts that are measured, and
returns one object, which --json prints: name, figure, unit, floor, ratio, ok and the
machine. `ok` says whether every bar is met.

    machine         the machine that a figure was measured on, and how quiet it was
    processes       the time and memory of processes, and what others do meanwhile
    floors          the best that the machine can do
    sizes           what each is called with, and its full size
    sample_ledger   an export with real keys and signatures, to verify
    sample_mailbox  a mailbox with many plausible messages, to search
    site_pair       two nations and their nodes, made once and copied for each run
    sealed_bulletins  bulletins sealed and signed beforehand
    long_logs       logs that hold many entries beforehand
    submit_client   a client that hands them to a node, several calls at one time
    exchange        bulletins a second, durable and cosigned at both nodes
    latency         one bulletin at a time, until it is cosigned
    catchup         how fast a partner that was down takes a backlog
    members         what one more member costs each of the others, in a `member_mesh`
                    of nodes that count what they verify (`counting_node`)
    link            the rate over long and slow lines, by `packet_line` or, for who may
                    not make networks, `delaying_proxy`; both by `delayed_queue`
    priority        how soon a FLASH passes a backlog
    flood           how long a Submit takes beside another desk that floods the node
    memory          what a node holds at rest, with a long log, with a backlog
    desk            writing one bulletin, filing many
    start           each command as a whole process
    tui             the officer's terminal over a long mailbox, in a `terminal`
    arrivals        keys in the terminal while bulletins arrive, a part of `tui`
    all_figures     all of them, one after the other
    page            their figures as a page with plots
    audit           entries verified a second, against bare signatures
    crypto          seal, verify and open against bare primitives; the gate of a node
    ledger          the cost of an append and a proof in a short and a long log
    upkeep          the longest append while old entries are erased and moved
    search          how soon a long mailbox shows the newest of what is sought
"""

SHORT = 1_000
"""Entries of the short log of `ledger`."""
LEAST = 1_000
"""Messages among which some meet each condition of `search`."""
