"""Enrolment of a node, desk or auditor: a request and an answer, carried by hand.

    asker                                           nation
    node_request, desk_request, auditor_request --> answer_node, _desk, _auditor
    read_answer                                 <--

A request holds public keys and proofs of them, an answer the nation's signed
statements; both are public. Pure: secrets are passed in, files are the command's.
"""
