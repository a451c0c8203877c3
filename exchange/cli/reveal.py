"""fusion reveal: tell which route was drawn for a movement."""

from exchange.cli import desk_session, options


def command(
    name: options.Name,
    home: options.Home = options.HOME_DEFAULT,
    officer: desk_session.Officer = "",
    passphrase_fd: options.PassphraseFd = None,
    json: options.Json = False,
) -> int:
    """Reveal the drawn route of a movement to everyone who has the movement.

    The route was drawn when the movement was sent, with its hash: every reader can
    check that this is the one. Only the desk that sent the movement can reveal it.
    """
    from exchange.desk.outgoing import route_draw

    with desk_session.open_refreshed(home, officer, passphrase_fd) as desk:
        about = desk.mailbox.search.resolve(name)
        sent = desk.reveal(about)
        route = next(
            result.route
            for result in route_draw.find_reveals(desk.mailbox, about)
            if result.reveal == sent.name
        )
    if json:
        result = {"about": about.hex(), "route": route, "state": sent.state}
        options.emit({"name": sent.name.hex(), **result})
    else:
        said = f"{desk_session.code('relation', 'REVEALS')} {about.hex()[:16]} {route}"
        print(f"{sent.name.hex()} {said} {desk_session.describe_state(sent.state)}")
    return desk_session.outcome(sent, desk.node, desk.trouble)
