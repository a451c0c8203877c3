"""Which tests watch which module, and why some checks can be removed unseen."""

ENVELOPE = ("tests/test_envelope.py", "tests/test_wire_envelope.py")
GATE = (
    "tests/net/test_gate.py",
    "tests/hostile/test_gate_identity.py",
    "tests/hostile/test_strangers.py",
)
LEDGER = ("tests/ledger",)
RULES = (
    "tests/node/test_receive.py",
    "tests/node/test_rules.py",
    "tests/hostile/test_hostile_logs.py",
    "tests/hostile/test_statements.py",
)
EXPRESS = (
    "tests/node/test_express_inbox.py",
    "tests/hostile/test_express_inbox.py",
    "tests/node/test_express_states.py",
    "tests/desk/test_urgent.py",
)
DIRECTORY_HEADS = (
    "tests/ledger/test_directory_tree.py",
    "tests/node/test_directory_heads.py",
    "tests/desk/test_directories.py",
    "tests/hostile/test_hidden_revocations.py",
)

WATCHERS: dict[str, tuple[str, ...]] = {
    "exchange.envelope": ENVELOPE,
    "exchange.core": ENVELOPE,
    "exchange.net.gate": (*GATE, "tests/net/test_transport.py"),
    "exchange.net.identity": GATE,
    "exchange.trust.rules": RULES,
    "exchange.trust.statements": ("tests/trust", *RULES),
    "exchange.trust.directory": ("tests/trust", *RULES),
    "exchange.ledger.checkpoint": LEDGER,
    "exchange.ledger.note": LEDGER,
    "exchange.ledger.merkle": LEDGER,
    "exchange.ledger.fork": LEDGER,
    "exchange.ledger.proof": LEDGER,
    "exchange.ledger.policy": LEDGER,
    "exchange.ledger.tiles": LEDGER,
    "exchange.ledger.entry_place": LEDGER,
    "exchange.ledger.tree_tracker": LEDGER,
    "exchange.ledger.directory_head": DIRECTORY_HEADS,
    "exchange.ledger.directory_tree": DIRECTORY_HEADS,
    "exchange.node.directory_heads": DIRECTORY_HEADS,
    "exchange.desk.link.directories": DIRECTORY_HEADS,
    "exchange.node.express_inbox": EXPRESS,
    "exchange.node.express_pace": EXPRESS,
}
"""The tests that are red without any one check of a module, the quickest first."""

EXPLAINED: dict[str, str] = {}
"""Why a check survives, by its name: one sentence each."""
