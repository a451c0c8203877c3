"""The decisions and acts of a node, in reading order.

batch_verdict     the verdict on one batch of a partner's log; pure
submission_check  the checks on own desks' envelopes beyond the verdict; pure
session           the protocol between two nodes, frames in, effects out; sans-IO:
                  effects, its requests to the driver; missing_texts, texts that did
                  not travel with their entries
start_up          may this node sign yet; and the record outside of the database that
                  distinguishes a clean start from a restored database
lost_entries      the places of own entries that a repair lost
disk_use          which heads are kept for good; is there room for a partner's text
signed_time       the newest time that another nation signed, and `past`, the one
                  test before anything is destroyed
members           the members, and the keys that their logs state
node              the state that the modules below share: store, keys, lock, memory
outbox            a partner's next batch and missing texts; when to dial it again
own_log           appends envelopes to the own log and signs a head over each group
submissions       gives desks' envelopes a place there, keeps them, or refuses them
peer_heads        compares and keeps heads and lines of others; freezes forked logs
replicas          repeats answers, completes texts; restores a lost log
retention         hides texts past their retention, then erases them
upkeep            opens a node, does the due work, closes it
views             read-only views for desks and auditors
"""
