"""What a node decides and does. Read in this order.

receive    the verdict on one batch of a partner's log; pure
submit     what a node asks of its own desks beyond the verdict; pure
recover    may this node sign, after what it has heard; pure
session    the protocol between two nodes, frames in, effects out; sans-IO:
           effects, what it asks its driver for; missing_texts, what the peer lacks
           of a log of ours; notices, what it is told of texts erased unread
quota      may a partner's text be taken: its budget, and the floor of free disk
outbox     which batch a partner needs next, and when to dial again
prune      which heads are kept for good
signed_time  the newest time that another nation signed, and `past`, by which alone
           anything is destroyed
retain     what is past its retention is erased; undelivered: who had not read it
members    who the members are, and what their logs say of keys
state      what all that follows shares: store, keys, lock, what was heard
own_log    own desks' envelopes get their places, by a group (group) a head;
           what must wait for one: waiting; what is refused for good: refusals
replica    a partner's batch is stored and cosigned (cosign);
           a log that goes on from an ended one: opening
cosigners  partners' lines under heads of the own log are kept
witnessed  third parties' lines
heads      heads of others are compared, or remembered; forks freezes a log
lending    a log is lent back to the node that lost it
positions  what a hello names
node       puts these together; what `net` calls
views      what a node shows to desks and partners; audit_views, to auditors
"""
