"""A log whose key is on a token that was taken out."""

from pathlib import Path

from msgspec.structs import replace

from exchange import envelope
from exchange.errors import Reason, Refusal
from exchange.node import upkeep
from exchange.node.alarms import alarms
from keys.signing import Signer
from tests.node.drafting import OPS, drafted, enrol_releasers, hand, state
from tests.node.world import world


class Removed:
    """A key on a token that is not there."""

    def __init__(self, signer: Signer) -> None:
        self.algorithm = signer.algorithm
        self.public = signer.public
        self.kid = signer.kid

    def sign(self, message: bytes) -> bytes:
        raise Refusal(Reason.TOKEN, str(len(message)))


def test_a_token_that_is_out_holds_up_nothing_but_signatures(tmp_path: Path) -> None:
    with world(tmp_path) as made:
        enrol_releasers(made.pk)
        made.meet()
        one, node = drafted(made), made.pk.node
        hand(made.pk, OPS, one.draft)
        made.pk.reach(envelope.split(one.draft.entry).core.expires + 2)
        signer = node.log_signer
        node.log_signer = type(signer)(Removed(signer), node.clock)
        node.keys = replace(node.keys, log=node.log_signer)
        node.directory.stated = True  # a directory head is due

        upkeep.tick(node)

        assert state(made.pk, one.name) == "LAPSED"
        assert Reason.TOKEN in {alarm.reason for alarm in alarms(node)}
        node.keys = replace(node.keys, log=signer)
