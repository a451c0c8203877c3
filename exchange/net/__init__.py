"""The only gRPC. Read in this order.

status    errors <-> google.rpc.Status, one table read both ways
gate      who calls, and may they: before any body is parsed
budget    how often
services  the two services, three lines a method
link      one stream to one partner, driving a Session
server    ports, limits, start and drain
client    a desk's way to its own node
"""
