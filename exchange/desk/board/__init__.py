"""The board of the corridor: current events by place, as bulletins report them.

A convoy is shown by its call sign, with the state in the last bulletin about it; no
person is tracked, and a convoy without a bulletin is unknown.
"""
