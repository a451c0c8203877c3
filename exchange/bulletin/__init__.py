"""Bulletins as officers write and read them, in three languages; pure.

To add a kind or a code, begin here:
    kinds/             a file for each kind, in the terms of `schema`
    codes/             a file for each code list, with labels in every language
    common_fields      the fields of every kind
"""
