"""Enrolment of a node, desk or auditor: a request and an answer, carried by hand.

    asker                                           nation
    node_request, desk_request, auditor_request --> answer_node, _desk, _auditor
    read_answer                                 <--

A request holds public keys and proofs of them, an answer what the nation signed;
both can be read by anyone. Pure: secrets are given, files are the command's.

    requests           what is asked, and whether it is well formed
    answers            what a nation signs for a node, a desk, an auditor
    bundle_editions    the trust bundle, from the first to each that follows
    issued_statements  a nation's statements in a log, and those that it lacks
    retired_keys       keys that were replaced, and revocations
    check_answer       an answer, checked against its request
    common_checks      what holds for each of them
    certificates       TLS: asked for by the key's holder, given for just that name
"""
