"""Pairs of addresses: the file's format, the model, and the held-out figure on real pairs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from yuheng.content import ContentStore
from yuheng.errors import UsageError
from yuheng.identity import AddressPair, compare, held_out, read_pairs
from yuheng.identity.compare import scores
from yuheng.identity.pair_model import PairModel

REAL = Path(__file__).parents[3] / "shared" / "data" / "address_pairs" / "pairs.tsv"


@pytest.fixture(scope="module")
def store() -> ContentStore:
    return ContentStore.load()


def test_plain_cases(store: ContentStore) -> None:
    pairs = [
        AddressPair(1, "郑州市金水区花园路88号3号楼2单元", "金水区花园路88号3号楼"),
        AddressPair(2, "郑州市金水区花园路88号", "洛阳市西工区中州路12号"),
    ]
    done = compare(store, pairs)
    assert done.labels[0] > 0
    assert done.labels[1] == 0
    assert done.macro_f1 is None
    assert np.allclose(done.probabilities.sum(axis=1), 1)


def test_a_heading_a_mark_and_bad_lines(tmp_path: Path) -> None:
    file = tmp_path / "pairs.tsv"
    file.write_bytes(
        "\ufeff甲\t乙\t标签\r\n花园路1号\t花园路1号\t2\r\n只有一个\r\n\r\n甲路\t乙路\t7\r\n甲路\t\t1\r\n".encode()
    )
    pairs, bad = read_pairs(file)
    assert [(p.line, p.label) for p in pairs] == [(2, 2)]
    assert [b.line for b in bad] == [3, 5, 6]
    assert "'7'" in bad[1].why


def test_without_heading_and_labels(tmp_path: Path) -> None:
    file = tmp_path / "pairs.tsv"
    file.write_text("花园路1号\t花园路2号\n农业路3号\t农业路3号\n", encoding="utf-8")
    pairs, bad = read_pairs(file)
    assert [p.label for p in pairs] == [None, None]
    assert not bad


@pytest.mark.parametrize("body", [b"", b"\xff\xfe\x00", "没有制表符".encode()])
def test_a_file_without_pairs_is_refused(tmp_path: Path, body: bytes) -> None:
    file = tmp_path / "pairs.tsv"
    file.write_bytes(body)
    with pytest.raises(UsageError, match=r"pairs\.tsv"):
        read_pairs(file)


def test_scores_are_those_of_scikit_learn() -> None:
    from sklearn.metrics import f1_score

    rng = np.random.default_rng(1)
    truth, found = rng.integers(0, 3, 200), rng.integers(0, 3, 200)
    assert np.isclose(np.mean(scores(truth, found)), f1_score(truth, found, average="macro"))


def test_the_model_holds_numbers_only(store: ContentStore) -> None:
    body = store.files.data["identity/address_pairs.csv"].decode("ascii")
    assert body.startswith("tree,label,feature,cut,left,right,value\n")
    assert len(PairModel.of(store).card.weights) == 3


@pytest.mark.shared
def test_held_out_real_pairs(store: ContentStore) -> None:
    if not REAL.exists():
        pytest.skip(f"no real address pairs in {REAL.parent}")
    apart = [pair for pair in read_pairs(REAL)[0] if held_out(pair)]
    done = compare(store, apart)
    assert done.macro_f1 is not None
    assert done.baseline_macro_f1 is not None
    assert done.macro_f1 > 0.66 > done.baseline_macro_f1 + 0.1
