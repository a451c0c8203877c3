"""The marks of the terminal and their meanings; a test checks the screens by it.

A mark never says more than the word beside it; this helps if a mark is alone.
"""

from exchange.words import word

LEGEND = {
    "‼": word("FLASH, or an escalation: act now"),
    "!": word("immediate; something is to be done here; a convoy that is overdue"),
    "›": word("priority"),
    "●": word("not yet opened; a node that is up"),
    "○": word("a node that is down"),
    "✔": word("passed, acknowledged or cosigned"),
    "✘": word("failed, refused, recalled, lost or not sent"),
    "?": word("not known yet"),
    "…": word("waits for another party or event"),
    "·": word("opened, no action needed; an erased text"),
    "✎": word("to be written on, or to be signed"),
    "↑": word("queued at this desk"),
    "→": word("in our node's log; its recipients; from one language to another"),
    "⇄": word(
        "a translation, the original counts; before a subject one that was reviewed"
    ),
    "▾": word("a thread that is unfolded; how many lines are below its head"),
    "└": word("of the thread above: a message, a translation or a receipt"),
    "☑": word("marked, to be acknowledged together"),
    "»": word("delivered; a convoy on the board"),
    "↓": word("still arriving"),
    "↩": word("given back by a releaser"),
    "⏸": word("held back"),
    "⌛": word("keys that end soon; when a node was heard last"),
    "⚠": word("an alarm"),
    "EX": word("an exercise"),
    "TE": word("a test"),
    "┃": word("the lines behind it are another's words"),
    "▌": word("the line under the cursor"),
    "▐": word("the line under the cursor"),
    "█": word("a bar of a plot"),
    "▸": word(
        "the paragraph that is open; a folded thread or section, and how much is in it"
    ),
    "■": word("a site's posture on the board; on the map its level, 1 is normal"),
    "▲": word("a warning on the board"),
    "✶": word("an incident on the board"),
}
"""Mark -> what it means."""
