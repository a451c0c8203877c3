"""Release by a second officer: drafts and messages that need his signature.

Programs of every sort call these functions with an open desk; none of them asks a
person anything, or prints (docs/spec/release.md).
"""
