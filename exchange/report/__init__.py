"""The page of an audit, for people: one HTML file made from an export.

Nothing here verifies: exchange.audit reports REFUSED and damaged entries.
"""
