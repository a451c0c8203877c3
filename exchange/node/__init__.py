"""What a node decides and does. Read in this order.

receive  the verdict on one batch of a partner's log; pure
submit   what a node asks of its own desks beyond the verdict; pure
session  the protocol between two nodes, frames in, effects out; sans-IO
outbox   which batch a partner needs next, and when to dial again
node     the store, the keys and the directories; carries the decisions out
"""
