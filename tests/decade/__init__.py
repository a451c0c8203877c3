"""Ten years in the life of two nations.

moved_clock     processes of a later day, by libfaketime
nations         two homes, their nodes and commands, on a day that is set
test_days       real nodes on one day after the other: exchange, search, verify
test_ends       what ends where nobody renews it, and how that is told
test_verdicts   the same years in this process: verdicts, renewals, exports
"""
