"""Release by a second officer: what waits for his signature, and what lacks it.

Programs of every sort call these functions with an open desk; none of them asks a
person anything, or prints (docs/spec/release.md).
"""
