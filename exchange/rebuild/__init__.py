"""Repair by rebuild: a sound database made of what verifies in a damaged one.

Nothing is mended in place, and nobody is asked. What is sound is replayed through
`Store.append` into a new file, and all of it is verified as `fusion fsck` does; then
the new file takes the place of the old one. The node is stopped meanwhile, or repairs
in between, when it has closed its store (home_repair). Afterwards the start-up rule
and the everyday protocol bring missing entries and texts from partners.

     1. There is room for it: twice the size of the database.             files
     2. The write-ahead log is copied back, as any close of the file does. files
     3. Each row that can still be read goes into a scratch file.      old_rows,
                                                                damaged_file
     4. Each log is replayed, head by head, in the order in which the heads were
        stored, up to its first hole. A head counts if its log signed it, entries if
        they make its root, a text if it is the one that its entry names; else the
        text is marked as LACKING.                               history, replay
     5. The rows beside the logs are carried as their tables say. Heads that were
        signed and are not reached go into the sightings, which the start-up rule
        obeys; own entries behind a cut wait for a place.              side_rows
     6. The new database is verified.                                        run
     7. It takes the old one's place in one step; the old one is kept, until `fsck`
        finds nothing wrong.                                               files

Until step 7 the old database is the one in use, whatever happens; what is left of a
repair that was cut short is removed by the next one. All that is read is untrusted
until it verifies. Nothing is searched for or guessed.
"""
