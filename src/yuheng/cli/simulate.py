"""`yuheng simulate`: play the outside world."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from yuheng.cli.output import Directory, Json, day, emit, progress_bar

app = typer.Typer()


@app.callback(invoke_without_command=True)
def simulate(
    context: typer.Context,
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
    if context.invoked_subcommand is not None:
        return
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


@app.command()
def serve(
    world: Annotated[Path, typer.Argument(metavar="WORLD", help="A simulated inbox, or the folder that holds it.")],
    out: Annotated[Path, typer.Option(help="The connections as TOML; secrets go to a file .env beside it.")] = Path(
        "counterparts.toml"
    ),
    into: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write connections and secrets into this deployment instead.")
    ] = None,
    database: Annotated[
        list[str] | None,
        typer.Option(metavar="URL", help="PostgreSQL or MariaDB for exchange tables, with the right to make them."),
    ] = None,
    broker: Annotated[
        str,
        typer.Option(metavar="URL", help="MQTT broker that runs (mqtt://user:secret@host); default: one is started."),
    ] = "",
    json: Json = False,
) -> None:
    """Play the source systems of a simulated world over their real transports, until Ctrl-C."""
    import signal
    import threading

    from yuheng.content import ContentStore
    from yuheng.simulate.counterparts import serve as servers
    from yuheng.simulate.counterparts.world import World

    played = World.open(world, ContentStore.load())
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    found = servers.counterparts(played, databases=database or (), brokers=[broker] if broker else [])
    with servers.serving(played, found) as accesses:
        if into is not None:
            servers.install(accesses, into)
        else:
            servers.write_settings(accesses, out)
        lines = [f"{a.name}  {a.fields['url']}  {a.fields.get('auth', '')}" for a in accesses]
        lines.append(f"模拟来源系统已启动，连接写入 {into or out}；按 Ctrl-C 结束。")
        data = {"settings": str(into or out), "connections": [{"name": a.name, **a.fields} for a in accesses]}
        emit(data, "\n".join(lines), json=json)
        stop.wait()
