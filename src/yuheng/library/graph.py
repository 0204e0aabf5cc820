"""Communities and propagated risk over the firm-node graph, in compiled array code (numpy, scipy.sparse.csgraph).

The graph is bipartite: firms on one side; persons, enterprises, addresses and phones on the other. Everything is
computed with
integer codes in a fixed order and sequential sums, so the same edges give the same bytes.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from yuheng.errors import ContentError

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Method = Callable[[pa.Table, Mapping[str, float]], pa.Table]

_CALL = re.compile(r"graph\.([a-z_]+)(?:\((.*)\))?")


def run(method: str, edges: pa.Table, *, path: str) -> pa.Table:
    """The table a header's `method.

    Graph.<name>(a=1, …)` asks for. Raises ContentError for an unknown method or parameter.
    """
    found = _CALL.fullmatch(method)
    if found is None or found[1] not in METHODS:
        raise ContentError(
            f"unknown method {method!r}", path=path, todo=f"Known: {', '.join('graph.' + m for m in METHODS)}."
        )
    try:
        call = ast.parse(f"f({found[2] or ''})", mode="eval").body
        assert isinstance(call, ast.Call)
        values = {k.arg or "": float(ast.literal_eval(k.value)) for k in call.keywords}
    except (SyntaxError, ValueError) as error:
        raise ContentError(f"cannot read the parameters of {method!r}: {error}", path=path) from error
    return METHODS[found[1]](edges, values)


def clusters(edges: pa.Table, params: Mapping[str, float]) -> pa.Table:
    """Community, its size, new firms and the risk that reaches each firm with an edge.

    `edges`: ent_id, node_id (BIGINT), strong (0/1), weight, seed (1 = bad firm), is_new (1 = founded in the window).
    Parameters: damping (probability to walk on), rounds (iterations), max_size (firms; larger components keep strong
    edges only).
    Risk (0-100) is 100 x the probability that a walk from the firm to firms sharing a node, never back to the firm it
    just left and
    stopping with 1 - damping at each firm, stops at a bad one: personalised PageRank read from the firm's side, free
    of graph size.
    """
    order = np.lexsort((_ints(edges, "node_id"), _ints(edges, "ent_id")))
    firms, firm = np.unique(_ints(edges, "ent_id")[order], return_inverse=True)
    nodes, node = np.unique(_ints(edges, "node_id")[order], return_inverse=True)
    strong = _ints(edges, "strong")[order] == 1
    weight = edges["weight"].to_numpy().astype(np.float64)[order]
    seed, new = np.zeros(len(firms)), np.zeros(len(firms), dtype=np.int64)
    seed[firm] = _ints(edges, "seed")[order]
    new[firm] = _ints(edges, "is_new")[order]
    label = _communities(firm, node, strong, len(firms), len(nodes), int(params["max_size"]))
    keep = _inside(firm, node, strong, label, int(params["max_size"]))
    risk = _risk(firm[keep], node[keep], weight[keep], seed, len(nodes), params["damping"], int(params["rounds"]))
    first = _first_member(label)
    size = np.bincount(label)[label]
    return pa.table(
        {
            "ent_id": pa.array(firms),
            "cluster_id": pa.array(firms[first[label]]),
            "cluster_size": pa.array(size.astype(np.int64)),
            "cluster_risk": pa.array(np.round(risk, 9)),
            "cluster_new_90d": pa.array(np.bincount(label, weights=new)[label].astype(np.int64)),
        }
    )


def _ints(table: pa.Table, name: str) -> Ints:
    out: Ints = table[name].to_numpy().astype(np.int64)
    return out


def _components(firm: Ints, node: Ints, n_firms: int, n_nodes: int) -> Ints:
    from scipy import sparse  # loaded here: it takes a second, and most commands need none of it
    from scipy.sparse import csgraph

    n = n_firms + n_nodes
    matrix = sparse.coo_matrix((np.ones(len(firm), dtype=np.int8), (firm, n_firms + node)), shape=(n, n)).tocsr()
    _, label = csgraph.connected_components(matrix, directed=False)
    out: Ints = np.unique(label[:n_firms], return_inverse=True)[1].astype(np.int64)
    return out


def _communities(
    firm: Ints, node: Ints, strong: npt.NDArray[np.bool_], n_firms: int, n_nodes: int, max_size: int
) -> Ints:
    """Component of each firm; in components of more than `max_size` firms, component over strong edges only."""
    label = _components(firm, node, n_firms, n_nodes)
    large = np.bincount(label)[label] > max_size
    if large.any():
        fine = _components(firm[strong], node[strong], n_firms, n_nodes)
        label = np.where(large, label.max() + 1 + fine, label)
        label = np.unique(label, return_inverse=True)[1].astype(np.int64)
    return label


def _inside(firm: Ints, node: Ints, strong: npt.NDArray[np.bool_], label: Ints, max_size: int) -> npt.NDArray[np.bool_]:
    """Edges risk may pass: all of a node whose firms share one community, else only its strong ones."""
    low = np.full(int(node.max(initial=-1)) + 1, np.iinfo(np.int64).max)
    high = np.full(len(low), -1)
    np.minimum.at(low, node, label[firm])
    np.maximum.at(high, node, label[firm])
    out: npt.NDArray[np.bool_] = (low == high)[node] | strong
    return out


def _risk(firm: Ints, node: Ints, weight: Floats, seed: Floats, n_nodes: int, damping: float, rounds: int) -> Floats:
    degree = np.bincount(node, minlength=n_nodes).astype(np.float64)
    live = degree[node] > 1
    firm, node, weight = firm[live], node[live], weight[live]
    others = degree[node] - 1
    # firms tied by weak links only (sum of weights below 1) lose the rest of the walk
    total: Floats = np.maximum(np.bincount(firm, weights=weight, minlength=len(seed)), 1.0)
    share = weight / total[firm] if len(firm) else weight
    reach = np.zeros(len(seed), dtype=np.float64)
    for _ in range(rounds):
        stop = (1 - damping) * seed + damping * reach
        mass = np.bincount(node, weights=stop[firm], minlength=n_nodes)
        passed = share * (mass[node] - stop[firm]) / others
        reach = np.bincount(firm, weights=passed, minlength=len(seed)).astype(np.float64)
    out: Floats = 100 * np.clip(reach, 0, 1).astype(np.float64)
    return out


def _first_member(label: Ints) -> Ints:
    first = np.full(int(label.max(initial=-1)) + 1, -1, dtype=np.int64)
    first[label[::-1]] = np.arange(len(label))[::-1]
    return first


METHODS: Mapping[str, Method] = {"clusters": clusters}
