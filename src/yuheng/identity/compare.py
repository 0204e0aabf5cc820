"""Pairs of addresses compared: 0 different, 1 partly the same (same road or estate), 2 the same place."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz

from yuheng.content import ContentStore
from yuheng.content.schema import PairModelCard
from yuheng.errors import ContentError, UsageError
from yuheng.identity.pair_features import PairFeatures
from yuheng.identity.pair_model import LABELS, Matrix, PairModel
from yuheng.identity.wording import Wording

MEANINGS = ("different", "partial", "same")
HELD_OUT = 5
"""One first address in so many was kept apart from the fit."""


@dataclass(frozen=True, slots=True)
class AddressPair:
    """One line of a file: two addresses, and what people said of them (None: nothing)."""

    line: int
    a: str
    b: str
    label: int | None = None


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that is no pair, and why."""

    line: int
    why: str


@dataclass(frozen=True, slots=True)
class Compared:
    """The labels given. `macro_f1` and `f1` (per label) only where every pair carries a label of people."""

    labels: tuple[int, ...]
    probabilities: Matrix
    macro_f1: float | None
    f1: tuple[float, ...]
    baseline_macro_f1: float | None
    accuracy: float | None


def read_pairs(path: Path) -> tuple[list[AddressPair], list[BadLine]]:
    """The pairs of a tab-separated file in UTF-8 (with or without byte-order mark), and the lines that are none.

    A first line whose third field is no number is a heading. Raises UsageError when the file cannot be read as text,
    or no line is a pair.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: not UTF-8 at byte {error.start}.", todo="Save the file as UTF-8.") from error
    pairs: list[AddressPair] = []
    bad: list[BadLine] = []
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        if not line.strip():
            continue
        found = _pair(number, line)
        if isinstance(found, AddressPair):
            pairs.append(found)
        elif number > 1 or not _heading(line):
            bad.append(found)
    if pairs and pairs[0].line == 1 and pairs[0].label is None and any(p.label is not None for p in pairs[1:]):
        pairs = pairs[1:]
    if not pairs:
        raise UsageError(f"{path}: no line is a pair of addresses.", todo="Write: address, tab, address[, tab, label].")
    return pairs, bad


def _heading(line: str) -> bool:
    """A first line of names: none of its fields is long or has digits as an address does."""
    names = [field.strip() for field in line.split("\t")]
    return all(len(name) <= 12 and not any(c.isdigit() and c not in "12" for c in name) for name in names)


def _pair(number: int, line: str) -> AddressPair | BadLine:
    fields = [field.strip() for field in line.split("\t")]
    if len(fields) not in (2, 3):
        return BadLine(number, f"{len(fields)} fields, needed are 2 or 3")
    if not fields[0] or not fields[1]:
        return BadLine(number, "an address is empty")
    said = fields[2] if len(fields) == 3 else ""
    if said and said not in {str(label) for label in LABELS}:
        return BadLine(number, f"label {said!r} is none of 0, 1, 2")
    return AddressPair(number, fields[0], fields[1], int(said) if said else None)


def held_out(pair: AddressPair) -> bool:
    """True for pairs the shipped model was not fitted on, wherever they come from: by a hash of the first address."""
    return int.from_bytes(hashlib.sha256(pair.a.encode()).digest()[:8], "big") % HELD_OUT == 0


def compare(store: ContentStore, pairs: Sequence[AddressPair]) -> Compared:
    """Label the pairs with the content's model; measure it, and a plain similarity, against people's labels."""
    model = PairModel.of(store)
    probabilities = model.probabilities(features(store, pairs, model.card))
    labels = model.labels(probabilities)
    said = [pair.label for pair in pairs if pair.label is not None]
    if len(said) < len(pairs):
        return Compared(tuple(map(int, labels)), probabilities, None, (), None, None)
    truth = np.asarray(said)
    f1 = scores(truth, labels)
    plain = baseline(similarity(store, pairs), model.card.baseline_cuts)
    return Compared(
        tuple(map(int, labels)),
        probabilities,
        float(np.mean(f1)),
        tuple(f1),
        float(np.mean(scores(truth, plain))),
        float(np.mean(truth == labels)),
    )


def features(store: ContentStore, pairs: Iterable[AddressPair], card: PairModelCard) -> Matrix:
    """One row per pair, columns in the card's order. Raises ContentError where the card names an unknown feature."""
    take = PairFeatures(store)
    found = [take.of(pair.a, pair.b) for pair in pairs]
    unknown = sorted(set(card.features) - set(found[0])) if found else []
    if unknown:
        raise ContentError(f"unknown features {', '.join(unknown)}", path="identity/address_pairs.yaml", line=1)
    return np.asarray([[row[name] for name in card.features] for row in found], dtype=np.float64)


def similarity(store: ContentStore, pairs: Iterable[AddressPair]) -> Matrix:
    """The plain measure beside the model: normalised edit similarity of the two texts, 0 to 100."""
    plain = Wording(store).plain
    return np.asarray([fuzz.ratio(plain(pair.a), plain(pair.b)) for pair in pairs])


def baseline(similarities: Matrix, cuts: Sequence[float]) -> npt.NDArray[np.int64]:
    """Labels by similarity alone."""
    return np.searchsorted(np.asarray(cuts), similarities, side="right")


def scores(truth: npt.NDArray[np.int64], found: npt.NDArray[np.int64]) -> list[float]:
    """F1 of each label; 0 where it is never right, as is usual for macro F1 over the labels that occur."""
    out = []
    for label in sorted({*truth.tolist(), *found.tolist()}):
        right = int(np.sum((truth == label) & (found == label)))
        out.append(2 * right / max(1, int(np.sum(truth == label)) + int(np.sum(found == label))))
    return out
