"""The page of an audit, for people: one HTML file made from an export.

    header_table     the clear headers of an export, in a working table on disk
    statistics       messages by sender and time, answer times, pending messages
    cosigning        how soon partners signed, and the gaps
    anomaly_queries  every anomaly
    words            the three languages
    page             the order of its parts; html, charts: how it is drawn

Above `exchange.bulletin`, whose code lists name header values; below the commands.
Nothing here verifies: exchange.audit reports REFUSED and damaged entries.
"""
