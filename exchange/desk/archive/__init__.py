"""The records that an agency keeps: sealed for a key in custody, readable for decades.

    custody_key   the key that archives are sealed for, and its public half
    archive_file  the form: one sealed file of JSON lines (docs/spec/archive.md)
    write_archive writes a desk's records
    read_archive  opens a file with the key in custody, and verifies it by itself

Each imports only from those above it.
"""
