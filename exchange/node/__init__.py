"""The decisions and acts of a node. Read in this order.

batch_verdict     the verdict on one batch of a partner's log; pure
submission_check  what a node asks of its own desks beyond the verdict; pure
session           the protocol between two nodes, frames in, effects out; sans-IO:
                  effects, what it asks its driver for; missing_texts, what did not
                  travel with entries
start_up          may this node sign, after what it has heard; and the record outside of
                  the database, by which a clean start is told from a restored one
lost_entries      where own entries belong that a repair has lost
disk_use          which heads are kept for good; may a partner's text be taken
signed_time       the newest time that another nation signed, and `past`, by which alone
                  anything is destroyed
members           who the members are, and what their logs say of keys
node              what all that follows takes first: store, keys, lock, what was heard
outbox            what a partner is told, and lacks; when to dial it again
own_log           envelopes are appended to it and signed, a group under each head
submissions       what desks hand over gets a place there, waits for one, or is refused
peer_heads        heads and lines that others sign are compared and kept; a forked log
                  is frozen
replicas          a partner's batch is stored and cosigned; a lost log comes back
retention         what is past its retention is shown to nobody, and at last erased
upkeep            a node is opened, does what is due, and is closed
views             what a node shows to desks and auditors
"""
