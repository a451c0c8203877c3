"""The page of an audit, for people: one HTML file made of an export.

    header_table     the clear headers of an export, in a working table on disk
    statistics       who sent how much when, how fast it was answered, what still waits
    cosigning        how soon partners signed, and when they did not
    anomaly_queries  every anomaly
    words            the three languages
    page             the order of its parts; html, charts: how it is drawn

Above `exchange.bulletin`, whose code lists name what the headers hold; below the
commands. Nothing here verifies: what is REFUSED or damaged is told by exchange.audit.
"""
