"""The log of a node: one line per event, on stderr, without content.

No sealed, secret or personal value is ever logged; names are hex prefixes.
"""

import logging
import sys

import structlog


def start(level: int = logging.WARNING) -> None:
    """Log as JSON, unless to a terminal."""
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
    # A line that a link is up cancels the one that it is down.
    logging.getLogger("exchange.net.link_state").setLevel(min(level, logging.INFO))
    logging.getLogger("grpc").setLevel(logging.CRITICAL)  # only our own lines
