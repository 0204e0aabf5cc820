"""`yuheng simulate`: play the outside world."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from yuheng.cli.output import Directory, Json, day, emit, progress_bar


def simulate(
    directory: Directory = Path(),
    enterprises: Annotated[
        int, typer.Option(help="Enterprises on the register at the end; 0 with --population: all.", min=0)
    ] = 20_000,
    months: Annotated[int, typer.Option(help="Months of deliveries.", min=1)] = 24,
    seed: Annotated[int, typer.Option(help="Equal seeds give equal bytes.")] = 1,
    end: Annotated[str, typer.Option(help="Last day, a month end; default: the last month end that has passed.")] = "",
    others: Annotated[float, typer.Option(help="Self-employed and cooperatives, times the province's share.")] = 1.0,
    population: Annotated[
        Path | None,
        typer.Option(help="A register's own files as population; names, codes and persons are replaced by fakes."),
    ] = None,
    json: Json = False,
) -> None:
    """Play a synthetic province: raw extracts to the inbox. The truth goes to the folder `truth`, apart from it."""
    from yuheng.settings import open_deployment
    from yuheng.simulate import simulate as simulate_province

    deployment = open_deployment(directory)
    with progress_bar() as bar:
        found = simulate_province(
            deployment.inbox,
            enterprises=enterprises,
            months=months,
            seed=seed,
            end=day(end) if end else None,
            others=others,
            truth=deployment.root / "truth",
            population=population,
            progress=bar,
        )
    lines = [
        f"模拟数据：{found.enterprises:,} 户企业，{found.months} 个月，截至 {found.end.isoformat()}",
        f"{found.files} 个文件，{found.rows:,} 行（另有坏行 {found.broken:,}）",
        f"写入 {found.target}；真值在 {found.truth}",
    ]
    low, high = found.oracle["auc_low"], found.oracle["auc_high"]
    if low is not None and high is not None:  # a small world may hold no violation to foretell
        lines.append(f"先验上限（潜在风险对后续违法的AUC）：{low:.4f}–{high:.4f}")
    data = {**vars(found), "target": str(found.target), "truth": str(found.truth), "end": found.end.isoformat()}
    emit(data, "\n".join(lines), json=json)
