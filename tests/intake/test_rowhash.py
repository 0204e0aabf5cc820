"""The hash of raw texts: the same however they lie in memory, different where the texts are."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from yuheng.intake.rowhash import BLOCK, of_columns, of_lines

TEXT = st.text(st.characters(exclude_characters='\n\r,\x1e"', codec="utf-8"), max_size=40)
LONG = st.builds(lambda text, times: text * times, TEXT, st.sampled_from([1, 1, 1, 60, 900]))
_WORD = (1 << 64) - 1


def one(text: bytes) -> int:
    """The hash of one text, written out plainly."""

    def last(mixed: int) -> int:
        mixed = ((mixed ^ (mixed >> 32)) * 0xD6E8FEB86659FD93) & _WORD
        return mixed ^ (mixed >> 32)

    def whole(text: bytes) -> int:
        if len(text) > BLOCK:
            blocks = [whole(text[i : i + BLOCK]) for i in range(0, len(text), BLOCK)]
            return last(whole(b"".join(b.to_bytes(8, "little") for b in blocks)) ^ len(text))
        mixed = (len(text) * 0x9E3779B97F4A7C15) & _WORD
        for i in range(0, len(text), 8):
            mixed = ((mixed ^ int.from_bytes(text[i : i + 8], "little")) * 0x9E3779B97F4A7C15) & _WORD
            mixed ^= mixed >> 32
        return last(mixed)

    return whole(text) >> 1


@given(st.lists(st.tuples(LONG, TEXT, TEXT), min_size=1, max_size=12))
@settings(max_examples=150, deadline=None)
def test_lines_and_columns_give_the_hash_written_out_plainly(rows: list[tuple[str, str, str]]) -> None:
    expected = [one(",".join(row).encode()) for row in rows]
    columns = [pa.chunked_array([pa.array([row[i] or None for row in rows], pa.string())]) for i in range(3)]
    assert of_columns(columns).to_pylist() == expected
    assert of_columns([columns[0].dictionary_encode(), *columns[1:]]).to_pylist() == expected
    for delimiter in (",", "\t"):
        lines = [delimiter.join(text.replace("\t", " ") for text in row).encode() for row in rows]
        ends = np.cumsum([len(line) + 1 for line in lines]) - 1
        starts = np.concatenate(([0], ends[:-1] + 1))
        hashes = of_lines(b"\n".join(lines) + b"\n", starts, ends, delimiter)
        assert hashes.to_pylist() == [one(b",".join(line.split(delimiter.encode()))) for line in lines]


def test_values_are_pinned_for_good() -> None:
    columns = [pa.chunked_array([pa.array([None, "1", "郑州市第1商贸有限公司", "字" * 3000])])]
    assert of_columns(columns).to_pylist() == [0, 6136501316633726561, 5945234468822775939, 1071258592443423593]


def test_a_comma_within_a_text_is_no_border() -> None:
    left = [pa.chunked_array([["a,b"]]), pa.chunked_array([["c"]])]
    right = [pa.chunked_array([["a"]]), pa.chunked_array([["b,c"]])]
    assert of_columns(left) != of_columns(right)


def test_no_record_gives_no_hash() -> None:
    assert of_columns([pa.chunked_array([pa.array([], pa.string())])]) == pa.array([], pa.int64())


def test_close_texts_spread_over_all_bits() -> None:
    texts = pa.array([f"豫,{i:07d},2024-01-01,{i % 9}.00" for i in range(200_000)])
    hashes = of_columns([pa.chunked_array([texts])]).to_numpy()
    assert len(np.unique(hashes)) == len(hashes)
    assert hashes.min() >= 0
    for bit in range(63):
        assert abs(np.mean(hashes >> bit & 1) - 0.5) < 0.01, bit
    assert len(np.unique(hashes >> 43)) > 0.9 * (1 << 20) * (1 - np.exp(-len(hashes) / (1 << 20)))
