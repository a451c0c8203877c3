"""The desk: reads and writes, takes nothing on its node's word."""
