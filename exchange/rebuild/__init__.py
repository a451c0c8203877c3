"""Repair by rebuild: a sound database from the verified contents of a damaged one.

Nothing is repaired in place, and no peer is asked. Sound contents are replayed through
`Store.append` into a new file, which is verified as by `fusion fsck` and replaces the
old one. The node is stopped meanwhile, or repairs in between (home_repair). Afterwards
the start-up rule and the everyday protocol bring missing entries and texts from
partners.

     1. Check for free disk: twice the size of the database.              files
     2. Copy the write-ahead log back, as any close of the file does.     files
     3. Copy each readable row into a scratch file.    old_rows, damaged_file
     4. Replay each log, head by head, in the order in which the heads were stored,
        up to its first hole. A head is kept if its log signed it, entries if they
        make its root, a text if it matches its entry; else the text is marked
        LACKING.                                            history, replay
     5. Carry the rows beside the logs, as their tables specify. Signed heads that
        were not reached become sightings, which the start-up rule obeys; own
        entries behind a cut wait for a place.                       side_rows
     6. Verify the new database.                                           run
     7. Replace the old one in one step; keep it until `fsck` finds no fault. files

Until step 7 the old database stays in use; the next repair removes the drafts of an
interrupted one. All input is untrusted until it verifies.
"""
