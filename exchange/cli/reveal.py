"""fusion reveal: tell which route was drawn for a movement."""

from exchange.cli import options
from exchange.cli.frame import AtDesk, Reply, framed, outcome, signed
from exchange.cli.lazy import lazy_imports

with lazy_imports():
    from exchange.desk.outgoing import route_draw


@framed
def command(at: AtDesk, name: options.Name) -> Reply:
    """Reveal the drawn route of a movement to everyone who has the movement.

    The route was drawn when the movement was sent, with its hash: every reader can
    check that this is the one. Only the desk that sent the movement can reveal it.
    """
    with at.open_refreshed() as desk:
        about = desk.mailbox.search.resolve(name)
        sent = desk.reveal(about)
        told = route_draw.find_reveals(desk.mailbox, about)
        route = next(one.route for one in told if one.reveal == sent.name)
    reply = signed(sent.name, sent.state, "REVEALS", about, route, route=route)
    return reply._replace(outcome=outcome(desk, sent))
