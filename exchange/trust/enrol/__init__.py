"""Enrolment of a node, desk or auditor: a request and an answer, carried by hand.

    asker                                           nation
    node_request, desk_request, auditor_request --> answer_node, _desk, _auditor
    read_answer                                 <--

A request holds public keys and proofs of them, an answer the nation's signed
statements; both are public. Pure: secrets are passed in, files are the command's.

    requests           requests, and whether they are well formed
    answers            a nation's answers for a node, a desk, an auditor
    bundle_editions    the trust bundle, from the first to each later edition
    issued_statements  a nation's statements in a log, and missing ones
    retired_keys       replaced keys, and revocations
    check_answer       an answer, checked against its request
    common_checks      checks common to all of them
    certificates       TLS: requested by the key's holder, issued for that name only
"""
