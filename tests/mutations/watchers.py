"""Which tests watch which module, and why some checks can be removed unseen."""

ENVELOPE = ("tests/test_envelope.py", "tests/hostile/test_partner_encoding.py")
LEDGER = ("tests/ledger", "tests/spec/test_vectors.py")
RULES = (
    "tests/hostile/test_hostile_logs.py",
    "tests/hostile/test_statements.py",
    "tests/hostile/test_partner_identity.py",
    "tests/hostile/test_release_signatures.py",
    "tests/hostile/test_submitting.py",
    "tests/hostile/test_false_states.py",
    "tests/trust/test_directory.py",
    "tests/trust/test_statements.py",
    "tests/trust/test_release.py",
    "tests/spec/test_vectors.py",
    "tests/node/test_rules.py",
    "tests/node/test_node.py",
)
EXPRESS = (
    "tests/node/test_express_*.py",
    "tests/hostile/test_express_inbox.py",
    "tests/desk/test_urgent.py",
    "tests/hostile/test_lying_express.py",
)
DIRECTORY_HEADS = (
    "tests/ledger/test_directory_*.py",
    "tests/node/test_directory_heads.py",
    "tests/desk/test_directories.py",
    "tests/hostile/test_hidden_revocations.py",
)
GATE = (
    "tests/net/test_gate.py",
    "tests/hostile/test_gate_identity.py",
    "tests/hostile/test_junk_requests.py",
    "tests/hostile/test_strangers.py",
    "tests/net/test_transport.py",
)

DRAFTS = (
    "tests/node/test_drafts.py",
    "tests/hostile/test_unreleased.py",
    "tests/trust/test_release.py",
    "tests/spec/test_vectors.py",
)

STATEMENTS = (
    "tests/trust/test_statements.py",
    "tests/hostile/test_statements.py",
    "tests/spec/test_vectors.py",
    *RULES,
)

WATCHERS: dict[str, tuple[str, ...]] = {
    "exchange.envelope": ENVELOPE,
    "exchange.core": ENVELOPE,
    "exchange.net.gate": GATE,
    "exchange.net.identity": GATE,
    "exchange.trust.rules": RULES,
    "exchange.trust.release": RULES,
    "exchange.trust.release_policy": RULES,
    "exchange.trust.return_call": DRAFTS,
    "exchange.node.drafts": DRAFTS,
    "exchange.trust.statements": STATEMENTS,
    "exchange.trust.directory": RULES,
    "exchange.ledger.checkpoint": ("tests/ledger/test_checkpoint.py", *LEDGER),
    "exchange.ledger.note": ("tests/ledger/test_note.py", *LEDGER),
    "exchange.ledger.merkle": ("tests/ledger/test_merkle.py", *LEDGER),
    "exchange.ledger.fork": ("tests/ledger/test_fork.py", *LEDGER),
    "exchange.ledger.proof": ("tests/ledger/test_checkpoint.py", *LEDGER),
    "exchange.ledger.policy": ("tests/ledger/test_policy.py",),
    "exchange.ledger.tiles": ("tests/ledger/test_tiles.py", *LEDGER),
    "exchange.ledger.entry_place": ("tests/ledger/test_entry_place.py", *LEDGER),
    "exchange.ledger.tree_tracker": LEDGER,
    "exchange.ledger.directory_head": DIRECTORY_HEADS,
    "exchange.ledger.directory_tree": DIRECTORY_HEADS,
    "exchange.node.directory_heads": DIRECTORY_HEADS,
    "exchange.desk.link.directories": DIRECTORY_HEADS,
    "exchange.node.express_inbox": EXPRESS,
    "exchange.node.express_pace": EXPRESS,
}
"""The tests that are red without any one check of a module, the quickest first."""

EXPLAINED: dict[str, str] = {
    "exchange.core parse_canonical:"
    " raise Refusal(Reason.NOT_CANONICAL, where) from None": (
        "What protobuf cannot read is not what the message it leaves is written as"
        " either: the comparison below refuses it for the same reason."
    ),
}
"""Why a check survives, by its name: one sentence each."""
