"""Release by a second officer: drafts and messages that need his signature.

Nothing here asks a person anything, or prints.
"""
