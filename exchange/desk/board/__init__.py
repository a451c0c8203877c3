"""The board of the corridor: current events by place, as bulletins report them.

`read_board` reads it from a mailbox, `place_signs` decides which signs it shows,
`corridor` finds a place along the road. A convoy is shown by its call sign, with the
state in the last bulletin about it; no person is tracked, and a convoy without a
bulletin is unknown.
"""
