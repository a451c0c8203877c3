"""Repair by rebuild: a sound database made of a damaged one and of what partners hold.

Nothing is mended in place. What is sound is replayed through `Store.append` into a new
file, the rest is asked of partners, all of it is verified as `fusion fsck` does, and
then the new file takes the place of the old one. The node is stopped
meanwhile, or repairs in between, when it has closed its store (home_repair).

     1. There is room for it: twice the size of the database.             files
     2. The write-ahead log is copied back, as any close of the file does. files
     3. Each row that can still be read goes into a scratch file.      old_rows,
                                                                damaged_file
     4. Each log is replayed, head by head, in the order in which the heads were
        stored. A head counts if its log signed it, entries if they make its root, a
        text if it is the one that its entry names.              history, replay
     5. What is not here, or is not that, is asked of partners.          sources
     6. What stands beside the logs is taken over, row by row, where it is as it was
        written. Heads that were signed and cannot be reached go into the sightings,
        which the start-up rule obeys.                                 side_rows
     7. The new database is verified; what is not right is not taken.         run
     8. It takes the old one's place in one step; the old one is kept, until `fsck`
        finds nothing wrong.                                               files

Until step 8 the old database is the one in use, whatever happens; what is left of a
repair that was cut short is removed by the next one. Where something is missing and a
partner did not answer, or answered with what was not signed, nothing is changed: it may
have it, once it is back or repaired itself.

All that is read is untrusted until it verifies. Nothing is searched for or guessed: of
what neither the old file nor a partner has it is said that it is lost.
"""
