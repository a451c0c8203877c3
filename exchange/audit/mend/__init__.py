"""Mends a node's database: decides what is right, and from whom to have it.

    run       in which order, and until when
    sources   what partners are asked for
    sink      what is changed, some at a time, and what was
    logs      which logs there are, and where each one stands
    tree      entries and hashes, by the heads that were signed: a segment between
              two of them as it is stored, or was sent; rebuilt is what is known then
    rows      what is derived of an entry, wraps and body
    heads     the notes; notes says what is left of one
    arrivals  what happened, in its order
    beside    refusals, partners, what waits, pulses, forks; guess by their sums
    telling   how it is told

Nothing is taken on anybody's word, and nothing is signed. What follows from what
stands here is mended without a partner.
"""
