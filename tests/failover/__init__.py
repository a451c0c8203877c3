"""Failover of a real cluster: PostgreSQL under Patroni and etcd, and its faults."""
