"""The only gRPC. Read in this order.

grpc_status     errors <-> google.rpc.Status, one table read both ways
gate            who calls, and may they: before any body is parsed
call_budget     how often
services        the two services of nodes and desks, three lines a method
audit_service   and that of auditors
link            one stream to one partner, driving a Session
server          ports, limits, start and drain
desk_client     a desk's client of its own node
auditor_client  an auditor's client of any node
"""
