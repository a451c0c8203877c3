"""The records that an agency keeps: sealed for a key in custody, readable for decades.

    custody_key   the key for which an archive is sealed, and its public half
    archive_file  the form: one sealed file of JSON lines (docs/spec/archive.md)
    write_archive what a desk puts into it
    read_archive  a file opened with the key in custody, and verified by what is in it

Each imports only from those above it.
"""
