"""A translator's tools: checks, terms, memory, files, machines.

Pure except `libre`, which calls an HTTP endpoint. `exchange.desk` stores the results;
`exchange.bulletin.translations` defines the signed parts.
"""
