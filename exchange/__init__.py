"""The exchange: envelopes, the shared ledger, nodes, desks and their commands."""
