"""The states of a message, in words: by the states of a mailbox."""

from exchange.words import word

STATES = {
    "drafted": word("signed by its author; not at the node yet"),
    "waiting": word("waits for release"),
    "returned": word("given back"),
    "lapsed": word("expired, not released"),
    "queued": word("queued"),
    "resign": word("to be signed again"),
    "expired": word("expired, not sent"),
    "ahead": word("not in the ledger yet"),
    "lost": word("lost with a branch of its log"),
    "local": word("in our node's log"),
    "delivered": word("delivered"),
    "cosigned": word("cosigned"),
    "undelivered": word("expired, not delivered"),
    "refused": word("refused"),
}
