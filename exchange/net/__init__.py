"""The only gRPC. Read in this order.

grpc_status     errors <-> google.rpc.Status, one table read both ways
identity        who it is, by the certificate that is shown
gate            may they call: before any body is parsed
call_budget     how often
refusal_lines   what the log says of who was refused
services        the two services of nodes and desks, three lines a method
audit_service   and that of auditors
link            one stream to one partner, driving a Session
renewals        what changes while a node runs: files of its home (home_watch), the
                certificate that it shows (server_tls), who is let in
server          ports, limits, start and drain
desk_client     a desk's client of its own node
auditor_client  an auditor's client of any node
"""
