"""Make a home, enrol its parts, carry trust between homes: without any terminal.

A home holds a nation, a node, a desk, an auditor, or several of them; `exchange.config`
defines the places of their files, `exchange.trust` the rules for a nation's answers.
These modules read and write the files, but neither prompt nor print: the caller has the
passphrase and the consent.

    first_run_files    whether a home is still to be made
    trust_files        bundles, envelopes and requests in the folders of a home
    partner_bundles    import of a partner's bundle; proof that a log is forked
    nation             a nation's keys: made, unlocked
    new_parts          node, desk and auditor, made with their keys
    enrolment          a nation's answers, and their installation
    next_log           log n + 1 after a fork; a restored node's silent members
    plan               the parts of a new home, checked and made
    policies           a nation's policies: signed, taken
    backup_file        the form of a desk's backup
    desk_backup        a desk backed up, restored, moved
    officer_departure  a desk's new keys when an officer leaves
    next_keys          an officer's next keys, requested and granted
    next_node_keys     a node's next log and cosigner keys
    key_table          the keys of a home and their ends, without any passphrase
    machine_clock      the clock, compared with the times that a home knows
    nation_renewal     the next issuer and TLS authority of a nation
    new_roots          new roots of a nation
    online_authority   unattended renewal of certificates
    renewal            renewal of all that is due in a home
    revocation         keys and certificates that a nation revokes
    passphrases        change of a passphrase
    life_lines         keys that end, in lines
    renewal_lines      the result of a renewal, in lines
    home_keys          the keys of a desk and its home, for an officer
    pairing            trust carried to and from a partner, for an officer
    first_run          a home made step by step by an officer
    terminal_home      services of a home for an officer's terminal

Each imports only from those above it.
"""

LISTEN = "127.0.0.1:7443"
"""The default address of a new node."""
OFFICER = "duty-1"
"""The default officer of a new desk."""
