"""The log of a node: one line an event, on stderr, never content.

Nothing sealed, secret or personal is ever bound; names are hex prefixes.
"""

import logging
import sys

import structlog


def start(level: int = logging.WARNING) -> None:
    """Send every log line of this process through one door: JSON off a terminal."""
    render: structlog.typing.Processor = structlog.processors.JSONRenderer()
    if sys.stderr.isatty():
        render = structlog.dev.ConsoleRenderer()
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
        ],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # That a link is up ends what was said of its being down.
    logging.getLogger("exchange.net.link_state").setLevel(min(level, logging.INFO))
    logging.getLogger("grpc").setLevel(logging.CRITICAL)  # our own words only
