"""The only gRPC. Read in this order.

status    errors <-> google.rpc.Status, one table read both ways
gate      who calls, and may they: before any body is parsed
budget    how often
services  the two services of nodes and desks, three lines a method
audit_service   and that of auditors
link      one stream to one partner, driving a Session
server    ports, limits, start and drain
client    a desk's way to its own node
auditor   an auditor's way to any node
"""
