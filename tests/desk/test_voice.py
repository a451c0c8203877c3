"""The voice check at two desks."""

from exchange.desk.terminal.desk import TerminalDesk
from exchange.trust.voice_check import spoken, voice_check
from tests.desk.bench import Bench, said
from tests.node.world import CN


def test_both_desks_read_the_same(bench: Bench) -> None:
    sent = bench.pk.send(said(bench.world.nations[CN]))
    bench.meet()
    found = [
        voice_check(desk.mailbox.messages.read(sent.name).entry)
        for desk in (bench.pk, bench.cn)
    ]
    assert found[0] == found[1] == spoken(sent.name, found[0].kid)
    shown = TerminalDesk(bench.cn).voice_check(1)
    assert (tuple(shown.words), shown.digits) == (found[0].words, found[0].digits)
    assert (shown.name, shown.author) == (sent.name.hex(), bench.pk.officer.name)
