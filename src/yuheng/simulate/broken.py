"""Broken lines, as line-wise exports have them: too few columns, a stray quote, cut JSON."""

from __future__ import annotations

import csv
import io

from yuheng.simulate.spec import FeedSpec


def broken_lines(spec: FeedSpec, lines: list[str]) -> list[str]:
    """One broken line for each whole one. A stray quote stays within its own line."""
    if spec.encoding == "J":
        return [line[: len(line) // 2] + "\n" for line in lines]
    return [_quoted(spec, line) if spec.quote and place % 2 else _short(line) for place, line in enumerate(lines)]


def _short(line: str) -> str:
    fields = next(csv.reader([line]))
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(fields[: len(fields) // 2])
    return text.getvalue()


def _quoted(spec: FeedSpec, line: str) -> str:
    fields = next(csv.reader([line]))
    place = next(i for i, name in enumerate(spec.header) if name in spec.quote)
    plain = [field if i == place else field.replace(",", ";") for i, field in enumerate(fields)]
    text = fields[place].replace(",", ";")
    plain[place] = f'"{text}"{text}"{text}"'
    return ",".join(plain) + "\n"
