"""Reproducible randomness: one Philox stream per (seed, name, block), and stateless hashes of keys."""

from __future__ import annotations

import hashlib

import numpy as np

from yuheng.simulate.params import Floats, Ints


class Streams:
    """Random streams of one block; the same seed, name and block give the same numbers, whatever ran before."""

    def __init__(self, seed: int, block: int = 0) -> None:
        self.seed = seed
        self.block = block

    def of(self, name: str) -> np.random.Generator:
        """A fresh generator for `name`."""
        digest = hashlib.sha256(f"{self.seed}/{self.block}/{name}".encode()).digest()
        return np.random.Generator(np.random.Philox(key=np.frombuffer(digest[:16], dtype=np.uint64)))


def salt_of(text: str) -> int:
    """A number from a text, to tell hashes of different purposes apart."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def uniform(keys: Ints, salt: int) -> Floats:
    """A number in [0, 1) per key by the splitmix64 finaliser: equal keys, equal numbers."""
    x = keys.astype(np.uint64) + np.uint64(salt & 0xFFFFFFFFFFFFFFFF)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    x = x ^ (x >> np.uint64(31))
    return (x >> np.uint64(11)).astype(np.float64) / float(1 << 53)
