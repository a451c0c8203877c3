"""The only gRPC. Read in this order.

grpc_status     errors <-> google.rpc.Status, one table read both ways
identity        the peer's identity, from its certificate
gate            authorises each call before its body is parsed
call_budget     rate limits
refusal_lines   log lines about refused calls
services        the services for nodes and desks, three lines a method
audit_service   the service for auditors
link            one stream to one partner, driving a Session
renewals        changes while a node runs: files of its home (home_watch), its
                certificate (server_tls), revoked peers
server          ports, limits, start and drain
desk_client     a desk's client of its own node
auditor_client  an auditor's client of any node
"""
