"""The decisions and acts of a node. Read in this order.

batch_verdict  the verdict on one batch of a partner's log; pure
submission_check  what a node asks of its own desks beyond the verdict; pure
start_up   may this node sign, after what it has heard; pure
session    the protocol between two nodes, frames in, effects out; sans-IO: effects,
           what it asks its driver for; missing_texts, what did not travel with entries
quota      may a partner's text be taken: its budget, and the floor of free disk
prune      which heads are kept for good
signed_time  the newest time that another nation signed, and `past`, by which alone
           anything is destroyed
members    who the members are, and what their logs say of keys
emitted    the record outside of the database of what this node has shown
node       what all that follows takes first: store, keys, lock, what was heard
outbox     what a partner is told, and lacks; when to dial it again
own_log    envelopes are appended to it and signed, a group under each head
submissions  what desks hand over gets a place there, waits for one, or is refused
heads      heads of others are compared, or remembered; a forked log is frozen
replicate  a partner's batch is stored and cosigned; a lost log comes back
cosigners  what partners and third parties sign under heads of the own log
retention  what is past its retention is shown to nobody, and at last erased
upkeep     a node is opened, does what is due, and is closed
views      what a node shows to desks and partners; audit_views, to auditors
"""
