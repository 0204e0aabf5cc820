"""How good predictions are: against labels of any level, and against the trade word of the name.

A label may be a class (5165), a group, a division or a section, with or without the letter in front (F5165), or the
standard's name of any of them (建材批发). It is compared at its own level and at those above.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from yuheng.intake.industry.terms import CLASS, DIVISION, GROUP, SECTION, Lexicon
from yuheng.intake.industry.text import Ints

LEVELS: Mapping[str, int] = {"section": SECTION, "division": DIVISION, "group": GROUP, "class": CLASS}
CUTS = (0.0, 0.5, 0.7, 0.8, 0.9)
"""Confidences from which on coverage and accuracy are told."""


def level_of(code: str | None, level: int, sections: Mapping[str, str]) -> str | None:
    """A code rolled up: (5165, DIVISION) is 51; None where the code is coarser. `sections`: division to section."""
    if not code:
        return None
    if level == SECTION:
        return code if code.isalpha() else sections.get(code[:DIVISION])
    return code[:level] if not code.isalpha() and len(code) >= level else None


def of_labels(labels: Sequence[str | None], industry: pa.Table) -> list[str | None]:
    """Labels as codes; None for what the standard does not know."""
    rows = industry.to_pylist()
    codes = {r["code"] for r in rows}
    names = {r["name_zh"]: r["code"] for r in rows}  # of equal names the lowest level: listed last
    return [_code(label, codes, names) for label in labels]


def _code(label: str | None, codes: set[str], names: Mapping[str, str]) -> str | None:
    text = (label or "").strip()
    for candidate in (text, text[1:] if text[:1].isalpha() and text[:1].isascii() else ""):
        if candidate in codes:
            return candidate
    return names.get(text)


@dataclass(frozen=True)
class Agreement:
    """Of one level: rows whose label says the level, those told, the share right of all, right of those told; then the
    same for rows from each confidence on."""

    level: str
    rows: int
    told: int
    accuracy: float
    accuracy_told: float
    by_confidence: list[dict[str, float]]


def agreement(
    predicted: Sequence[str | None],
    confidence: npt.NDArray[np.float64],
    labels: Sequence[str | None],
    industry: pa.Table,
) -> list[Agreement]:
    """Predictions against labels (codes of any level), level by level."""
    sections = {r["code"]: r["section"] for r in industry.to_pylist() if r["level"] == DIVISION}
    return [_at(name, level, predicted, confidence, labels, sections) for name, level in LEVELS.items()]


def _at(
    name: str,
    level: int,
    predicted: Sequence[str | None],
    confidence: npt.NDArray[np.float64],
    labels: Sequence[str | None],
    sections: Mapping[str, str],
) -> Agreement:
    want = [level_of(c, level, sections) for c in labels]
    have = [level_of(c, level, sections) for c in predicted]
    said = np.array([w is not None for w in want], dtype=bool)
    told = np.array([h is not None for h in have], dtype=bool) & said
    right = np.array([w is not None and w == h for w, h in zip(want, have, strict=True)], dtype=bool)
    rows = int(said.sum())
    cuts = [_cut(c, told & (confidence >= c), right, rows) for c in CUTS]
    return Agreement(name, rows, int(told.sum()), _share(right, rows), _share(right, int(told.sum())), cuts)


def _cut(cut: float, kept: npt.NDArray[np.bool_], right: npt.NDArray[np.bool_], rows: int) -> dict[str, float]:
    n = int(kept.sum())
    return {"from": cut, "coverage": round(n / rows, 4) if rows else 0.0, "accuracy": _share(right & kept, n)}


def _share(right: npt.NDArray[np.bool_], rows: int) -> float:
    return round(float(right.sum()) / rows, 4) if rows else 0.0


def trade_words(last: Ints, lexicon: Lexicon) -> list[str | None]:
    """What each firm's trade word says for certain: the longest code all its readings share (3851 5138 say nothing)."""
    common = [_common(codes.split(), lexicon) for codes in lexicon.name_codes]
    return [common[i] if i >= 0 else None for i in last.tolist()]


def _common(codes: list[str], lexicon: Lexicon) -> str | None:
    if len(codes) == 1:
        return codes[0]
    for length in (GROUP, DIVISION):
        starts = {code[:length] if not code.isalpha() and len(code) >= length else code + "?" for code in codes}
        if len(starts) == 1 and not (start := starts.pop()).endswith("?"):
            return start
    sections = {lexicon.tree.sections[lexicon.tree.under(code)[0]] for code in codes}
    return sections.pop() if len(sections) == 1 else None
