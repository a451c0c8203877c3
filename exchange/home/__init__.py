"""Make a home, enrol its parts, carry trust between homes: without any terminal.

A home holds a nation, a node, a desk, an auditor, or several of them; where their
files lie says `exchange.config`, what a nation may answer decides `exchange.trust`.
These modules read and write the files. None asks anybody or prints: whoever calls has
the passphrase and the consent.

    first_run_files  whether a home is still to be made, and the files that say it
    trust_files      bundles, envelopes and requests in the folders of a home
    partner_bundles  a partner's bundle, taken up; the proof that a log is forked
    nation           a nation's keys: made, unlocked
    new_parts        node, desk and auditor, made with their keys
    enrolment        what a nation issues, and what a part does with the answer
    next_log         log n + 1 after a fork; members that a restored node does not hear
    plan             what a home is to hold, checked and made
    policies         a nation's policies: signed, taken up
    backup_file      the form of a desk's backup
    desk_backup      a desk backed up, restored, moved
    officer_departure  a desk's new keys when an officer leaves
    lives            when keys and certificates end, without any passphrase
    next_keys        an officer's next keys, asked for and granted
    next_node_keys   a node's next log and cosigner keys
    key_list         the keys of a home, and when they end
    nation_renewal   the next issuer and TLS authority of a nation
    new_roots        new roots of a nation
    online_authority certificates renewed by a machine, unattended
    renewal          all that is due in a home, renewed
    revocation       keys and certificates that a nation revokes
    passphrases      a passphrase changed
    life_lines       keys that end, in lines
    renewal_lines    what a renewal did, in lines
    home_keys        the keys of a desk and its home, for an officer at a terminal
    pairing          trust carried to and from a partner, for an officer
    first_run        a home made step by step by an officer
    terminal_home    what an officer's terminal may ask of its home

Each imports only from those above it.
"""

LISTEN = "127.0.0.1:7443"
"""The address on which a new node listens by default."""
OFFICER = "duty-1"
"""The one officer of a new desk unless it is said."""
