"""The board of the corridor: what is going on where, as bulletins say.

`read_board` reads it of a mailbox, `place_signs` decides what it shows, `corridor`
knows where a place lies along the road. A convoy is on it by its call sign, with what
the last bulletin about it says; nothing follows a person, and nothing is known of a
convoy that no bulletin tells.
"""
