"""The floors: the best that this machine can do, to compare figures with."""

import hashlib
import os
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import grpc
from nacl.bindings import crypto_sign, crypto_sign_open, crypto_sign_seed_keypair

from exchange.audit.judge.pool import cores
from exchange.cli.speed import per_second

NODE = 65  # bytes that a node of a tree is hashed over
WHILE = 0.5  # s that a rate is measured
COVERED = 400  # bytes of a message, about what a bulletin's signature covers
MESSAGES = 500  # verified over and over

Signed = tuple[bytes, bytes]
"""Signature and message in one, and the public key."""


def hashes() -> float:
    """Return how many nodes of a tree one core hashes a second."""
    data, many = bytes(NODE), 1_000

    def some() -> None:
        for _ in range(many):
            hashlib.sha256(data).digest()

    return many * per_second(some, WHILE)


def verifications(seconds: float, signed: Sequence[Signed] = ()) -> float:
    """Return how many Ed25519 signatures all cores verify a second.

    Each core in a process of its own, for `seconds`; of messages like a bulletin's
    unless others are given.
    """
    given = [(list(signed), seconds)] * cores()
    with ProcessPoolExecutor(cores(), get_context("spawn")) as executor:
        return sum(executor.map(_verify_for, given))


def _verify_for(given: tuple[list[Signed], float]) -> float:
    signed, seconds = given
    messages = signed or _signed_messages()

    def some() -> None:
        for message, public in messages:
            crypto_sign_open(message, public)

    return len(messages) * per_second(some, seconds)


def _signed_messages() -> list[Signed]:
    public, secret = crypto_sign_seed_keypair(os.urandom(32))
    return [(crypto_sign(os.urandom(COVERED), secret), public) for _ in range(MESSAGES)]


def echo_seconds(data: bytes, folder: Path, calls: int) -> float:
    """Return the median time of a gRPC call that gives such bytes back, in s.

    Over a Unix socket in that folder, server and client in this process.
    """
    server = grpc.server(ThreadPoolExecutor(2))
    method: grpc.RpcMethodHandler[bytes, bytes]
    method = grpc.unary_unary_rpc_method_handler(lambda request, _: request)
    handler = grpc.method_handlers_generic_handler("bench.Echo", {"Echo": method})
    server.add_generic_rpc_handlers((handler,))
    target = f"unix:{folder / 'echo.sock'}"
    server.add_insecure_port(target)
    server.start()
    try:
        with grpc.insecure_channel(target) as channel:
            echo: grpc.UnaryUnaryMultiCallable[bytes, bytes]
            echo = channel.unary_unary("/bench.Echo/Echo")
            return statistics.median(_seconds(echo, data) for _ in range(calls))
    finally:
        server.stop(None).wait()


def _seconds(call: Callable[[bytes], bytes], data: bytes) -> float:
    began = time.perf_counter()
    call(data)
    return time.perf_counter() - began
