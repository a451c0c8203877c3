"""The desk as the officer's terminal sees it; `view.View` is what the screens call.

view      the acts of the screens (`tui.desk.Desk`), and the link's state
rows      rows of the list, as they are shown
opened    one message with all that belongs to it
handover  what is due, in words
review    what would be signed, before it is
"""
