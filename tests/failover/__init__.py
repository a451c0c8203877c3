"""Failover with the real thing: PostgreSQL under Patroni and etcd, and faults."""
