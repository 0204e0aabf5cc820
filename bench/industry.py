"""Industry from name and scope on the real register of Henan: how good it is, and the numbers it is made with.

    python bench/industry.py            prints JSON: agreement of scopes alone with the names' trade words, accuracy on
                                        the rows labelled by hand (bench/industry_labels.csv: SHA-256 of the credit
                                        code, class, part), time for a million firms
    python bench/industry.py --learn    learns the weights anew and writes content/codes/industry_model.csv

Parts of the labels: `words` were looked at while the word lists were written, `confidence` fit the confidences, `test`
neither; all three were labelled before there was a model. `blind` was drawn and labelled when it was finished, by the
same hand. No label fits a weight: those come from the names of the register alone. For the agreement they are learnt on
one half of the firms (by the hash of the code) and measured on the other, whose names the model never sees.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from yuheng.content import ContentStore
from yuheng.intake.industry import (
    LIST,
    Classifier,
    Lexicon,
    Premises,
    agreement,
    empty_of,
    fit_logistic,
    learn,
    name_terms,
    scope_votes,
    trade_words,
)
from yuheng.intake.industry.text import normalised, points

HERE = Path(__file__).parent
REGISTRY = HERE.parents[1] / "shared" / "data" / "henan_registry"
LABELS = HERE / "industry_labels.csv"
MODEL = HERE.parent / "src" / "yuheng" / "content" / "codes" / f"{LIST}.csv"
_PARTS = {
    "words": {"words"},
    "confidence": {"confidence"},
    "test": {"test"},
    "blind": {"blind"},
    "not_looked_at": {"confidence", "test"},
}
POPULATION = "regexp_matches(u, '^91[0-9A-Z]{16}$')"


def register(folder: Path = REGISTRY) -> pa.Table:
    """name, scope, sha (of the credit code), half (0 or 1): enterprises of the register, one row per code."""
    con = duckdb.connect()
    return con.sql(f"""
        with raw as (select 企业名称 as name, 统一社会信用代码 as u, nullif(经营范围, 'N/A') as scope
          from read_csv('{folder}/*.csv.gz', all_varchar = true, header = true, union_by_name = true,
                        quote = '"', ignore_errors = true))
        select name, scope, sha256(u) as sha, ascii(sha256('half' || u)) % 2 as half from raw where {POPULATION}
        qualify row_number() over (partition by u order by name) = 1 order by sha
    """).to_arrow_table()


def labels() -> dict[str, tuple[str, str]]:
    """SHA-256 of a credit code to (class, part)."""
    lines = LABELS.read_text().splitlines()[1:]
    return {sha: (code, part) for sha, code, part in (line.split(",") for line in lines)}


def telling(rows: pa.Table, lexicon: Lexicon) -> tuple[object, npt.NDArray[np.int64]]:
    """Mentions of the scopes, names hidden, and the number of each name's trade word."""
    scope = points(normalised(rows["scope"].combine_chunks(), lexicon.noise))
    hidden = np.zeros(scope.rows, dtype=bool)
    votes = scope_votes(scope, Premises(hidden, hidden), lexicon)
    _, last = name_terms(points(normalised(rows["name"].combine_chunks())), lexicon)
    return votes, last


def learnt(rows: pa.Table, lexicon: Lexicon, shown: npt.NDArray[np.bool_]) -> object:
    """Weights learnt from the names of the rows `shown`."""
    votes, last = telling(rows, lexicon)
    return learn(votes, np.where(shown, last, -1), lexicon)


def compare_names(rows: pa.Table, store: ContentStore) -> dict[str, object]:
    """Scopes alone against trade words, on the half of the firms whose names taught nothing."""
    lexicon = Lexicon.of(store.code_lists)
    half = rows["half"].to_numpy()
    weights = learnt(rows, lexicon, half == 0)
    judge = Classifier.of(store.code_lists)
    judge = Classifier(lexicon, judge.model.with_weights(weights))
    other = rows.filter(pa.array(half == 1))
    found = judge.predict(None, other["scope"])
    _, last = telling(other, lexicon)
    words = trade_words(last, lexicon)
    made = agreement(
        found["industry_code_pred"].to_pylist(), found["industry_conf"].to_numpy(), words, store.code_lists["industry"]
    )
    with_word = sum(w is not None for w in words)
    return {"firms": other.num_rows, "with_trade_word": with_word, "levels": [asdict(a) for a in made]}


def compare_labels(rows: pa.Table, store: ContentStore) -> dict[str, object]:
    """Accuracy on the labelled rows, by part; with the name, and by the scope alone."""
    known = labels()
    sha = rows["sha"].to_pylist()
    judge = Classifier.of(store.code_lists)
    out: dict[str, object] = {}
    for part, parts in _PARTS.items():
        picked = rows.take([i for i, s in enumerate(sha) if s in known and known[s][1] in parts])
        truth = [known[s][0] for s in picked["sha"].to_pylist()]
        for kind, names in (("name_and_scope", picked["name"]), ("scope_alone", None)):
            found = judge.predict(names, picked["scope"])
            made = agreement(
                found["industry_code_pred"].to_pylist(), found["industry_conf"].to_numpy(), truth,
                store.code_lists["industry"],
            )  # fmt: skip
            out[f"{part}.{kind}"] = [asdict(a) for a in made]
    return out


def write_model(rows: pa.Table, store: ContentStore) -> None:
    """Learns the weights from all names but those of labelled rows, then fits the confidences."""
    lexicon = Lexicon.of(store.code_lists)
    known = labels()
    sha = rows["sha"].to_pylist()
    weights = learnt(rows, lexicon, np.array([s not in known for s in sha]))
    model = empty_of(store.code_lists).with_weights(weights)
    judge = Classifier(lexicon, model)
    picked = rows.take([i for i, s in enumerate(sha) if known.get(s, ("", ""))[1] == "confidence"])
    truth = [known[s][0] for s in picked["sha"].to_pylist()]
    found = judge.best(judge.told(picked["name"].combine_chunks(), picked["scope"].combine_chunks()).votes)
    codes = [lexicon.tree.codes[b] if b >= 0 else "" for b in found.best.tolist()]
    some = found.best >= 0
    right = np.array([c == t for c, t in zip(codes, truth, strict=True)])
    right_division = np.array([c[:2] == t[:2] for c, t in zip(codes, truth, strict=True)])
    of_class = fit_logistic(found.share[some], right[some])
    of_division = fit_logistic(found.division[some], right_division[some])
    lines = type(model)(weights, model.fits, model.exact, of_class, of_division).lines(lexicon.tree)
    MODEL.write_text("\n".join(lines) + "\n")


def speed(rows: pa.Table, store: ContentStore, firms: int) -> dict[str, object]:
    """Seconds for `firms` firms, the register repeated."""
    many = pa.concat_tables([rows] * (firms // rows.num_rows + 1)).slice(0, firms)
    judge = Classifier.of(store.code_lists)
    started = time.perf_counter()
    judge.predict(many["name"], many["scope"])
    return {"firms": firms, "seconds": round(time.perf_counter() - started, 1)}


def main() -> None:
    """Measures, or learns."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--learn", action="store_true")
    options.add_argument("--firms", type=int, default=1_000_000, help="size of the measurement of speed; 0: none")
    options.add_argument("--register", type=Path, default=REGISTRY)
    asked = options.parse_args()
    rows, store = register(asked.register), ContentStore.load()
    if asked.learn:
        write_model(rows, store)
        return
    found: dict[str, object] = {
        "sha256_of_labels": hashlib.sha256(LABELS.read_bytes()).hexdigest(),
        "agreement_of_scope_with_trade_word": compare_names(rows, store),
        "labelled_by_hand": compare_labels(rows, store),
    }
    if asked.firms:
        found["speed"] = speed(rows, store, asked.firms)
    json.dump(found, sys.stdout, ensure_ascii=False, indent=1)


if __name__ == "__main__":
    main()
