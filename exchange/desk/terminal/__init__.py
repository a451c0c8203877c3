"""The desk as the officer's terminal sees it; begin with `desk.TerminalDesk`.

desk          the calls of the screens, and link state
directory     desks with their duty rosters; groups of desks
link_report   the own node, its partners, and their pending messages
list_rows     rows of the list, as they are shown
message_view  one message with everything that belongs to it
handover      the hand-over list, in words
shift         open actions, proposals, alarms: a half of `desk`
review        a draft as it would be signed
"""
