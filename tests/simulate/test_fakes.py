"""Fakes: bijective, keyed, reversible, of the same form."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuheng.errors import DataError
from yuheng.simulate.fakes import Permutation, fake_digits, true_digits

KEY, OTHER = b"k" * 32, b"o" * 32


@pytest.mark.parametrize("size", [1, 2, 9, 10, 1000, 4097])
def test_a_permutation_hits_every_number_once(size: int) -> None:
    numbers = np.arange(size)
    fakes = Permutation(KEY, size, "test").forward(numbers)
    assert sorted(fakes.tolist()) == numbers.tolist()
    assert (Permutation(KEY, size, "test").back(fakes) == numbers).all()


def test_the_key_and_the_purpose_matter() -> None:
    numbers = np.arange(1000)
    fakes = Permutation(KEY, 10**9, "test").forward(numbers)
    assert (fakes != Permutation(OTHER, 10**9, "test").forward(numbers)).mean() > 0.99
    assert (fakes != Permutation(KEY, 10**9, "else").forward(numbers)).mean() > 0.99
    assert (fakes == numbers).mean() < 0.01


def test_a_size_beyond_all_bounds_is_refused() -> None:
    with pytest.raises(DataError, match="not possible"):
        Permutation(KEY, 10**16, "test")


@given(st.lists(st.text("郑州路号栋ab 0123456789", max_size=40), max_size=20))
def test_digits_change_and_come_back(texts: list[str]) -> None:
    column = pa.array(texts, pa.string())
    fakes = fake_digits(column, KEY)
    assert true_digits(fakes, KEY).to_pylist() == texts
    for text, fake in zip(texts, fakes.to_pylist(), strict=True):
        assert len(text) == len(fake)
        for a, b in zip(text, fake, strict=True):
            assert a.isdigit() == b.isdigit()
            assert a.isdigit() or a == b


def test_equal_addresses_stay_equal_and_others_differ() -> None:
    texts = pa.array(["金水区经三路12号", "金水区经三路12号", "金水区经三路13号", "金水区经八路12号"])
    fakes = fake_digits(texts, KEY).to_pylist()
    assert fakes[0] == fakes[1]
    assert len(set(fakes)) == 3
    assert fakes[0] != fake_digits(texts, OTHER).to_pylist()[0]


def test_a_slice_of_a_column_works() -> None:
    texts = pa.array(["a1", "b22", "c333"]).slice(1, 2)
    assert true_digits(fake_digits(texts, KEY), KEY).to_pylist() == ["b22", "c333"]
