"""`yuheng identity`: which records are about the same business; addresses compared; likely links decided by people."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from yuheng.cli.desk import office_of
from yuheng.cli.output import NOBODY, By, Directory, Json, Looker, Why, day, emit, progress_bar, table

if TYPE_CHECKING:
    from yuheng.identity import Compared
    from yuheng.office import Candidate, FirmJudgement

app = typer.Typer(help="Which records are about the same business.")
Number = Annotated[int, typer.Argument(help="Number of the candidate.")]
State = Literal["open", "auto", "accepted", "rejected", "undone"]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why.")]
_STATES = {"open": "待核", "auto": "自动", "accepted": "已确认", "rejected": "已否定", "undone": "已撤销"}
_HINT = "下次 `yuheng identity link` 起按此关联。"
_WORDS = {"different": "不同", "partial": "部分相同", "same": "相同"}


@app.command("compare-addresses")
def compare_addresses(
    pairs: Annotated[
        Path,
        typer.Option(
            "--pairs",
            metavar="FILE",
            exists=True,
            dir_okay=False,
            help="Tab-separated: address, address, and perhaps a label (0 different, 1 partial, 2 same).",
        ),
    ],
    apart: Annotated[
        bool, typer.Option("--held-out", help="Only pairs by whose first address the model was not fitted.")
    ] = False,
    json: Json = False,
) -> None:
    """Label pairs of addresses: 0 different, 1 partly the same, 2 the same; with F1 where the file has labels."""
    from yuheng.content import ContentStore
    from yuheng.errors import UsageError
    from yuheng.identity import MEANINGS, compare, held_out, read_pairs

    found, bad = read_pairs(pairs)
    found = [pair for pair in found if held_out(pair)] if apart else found
    if not found:
        raise UsageError(f"{pairs}: no pair is left of the part kept apart.", todo="Leave --held-out out.")
    done = compare(ContentStore.load(), found)
    data = {
        "pairs": len(found),
        "counts": {word: done.labels.count(label) for label, word in enumerate(MEANINGS)},
        "bad_lines": [{"line": one.line, "why": one.why} for one in bad],
    }
    if done.macro_f1 is not None:
        data |= {
            "macro_f1": done.macro_f1,
            "f1": list(done.f1),
            "accuracy": done.accuracy,
            "baseline": {"method": "character similarity", "macro_f1": done.baseline_macro_f1},
        }
    data["labels"] = [
        {"line": pair.line, "label": label, "probabilities": [round(float(p), 4) for p in row]}
        for pair, label, row in zip(found, done.labels, done.probabilities, strict=True)
    ]
    emit(data, _compared_text(done, len(found), [f"第 {one.line} 行：{one.why}" for one in bad]), json=json)


def _compared_text(done: Compared, pairs: int, bad: list[str]) -> str:
    rows = [["结果", "对数", "占比"]]
    for label, word in enumerate(_WORDS.values()):
        count = done.labels.count(label)
        rows.append([word, f"{count:,}", f"{count / pairs:.1%}"])
    lines = [f"地址对 {pairs:,}", table(rows)]
    if done.macro_f1 is not None:
        lines.append(f"宏平均 F1 {done.macro_f1:.4f}（仅按字符相似度 {done.baseline_macro_f1:.4f}）")
    if bad:
        lines += [f"未读取 {len(bad)} 行：", *bad[:20]]
    return "\n".join(lines)


@app.command("link")
def link_(
    directory: Directory = Path(),
    on: Annotated[str, typer.Option("--on", metavar="DATE", help="Day of finding; default: today.")] = "",
    again: Annotated[bool, typer.Option("--again", help="Look at rows again that were looked at before.")] = False,
    json: Json = False,
) -> None:
    """Compare rows without a firm with the register: link the sure ones, queue the others, apply what was judged."""
    from yuheng.pipeline import Workspace, link_likely

    when = day(on) if on else date.today()  # noqa: DTZ011  the office's own calendar day
    with Workspace.open(directory) as ws, progress_bar() as bar:
        done = link_likely(ws, on=when, again=again, progress=bar)
    text = f"比对 {done.looked:,} 条未关联记录：自动关联 {done.linked:,}，待核 {done.queued:,}。"
    emit({name: getattr(done, name) for name in done.__dataclass_fields__}, text, json=json)


@app.command()
def queue(
    directory: Directory = Path(),
    state: Annotated[State, typer.Option(help="Candidates in this state.")] = "open",
    limit: Annotated[int, typer.Option(help="How many.", min=1)] = 50,
    by: Looker = NOBODY,
    reason: Why = "",
    json: Json = False,
) -> None:
    """Records and the firms they may be about, the surest first. The look is written to the audit chain."""
    with office_of(directory) as office:
        found = office.links.list(state=state, limit=limit)
        detail = {"state": state, "candidates": len(found)}
        office.audit.append(actor=by, action="link.queue", subject="links", reason=reason, detail=detail)
    rows = [["编号", "表", "记录名称", "可能主体", "得分", "状态", "依据"]]
    for one in found:
        why = "，".join(f"{what}{outcome}" for what, outcome in one.evidence.items() if outcome != "未知")
        rows.append([str(one.id), one.table_id, one.name, one.firm_name, f"{one.score:.3f}", _STATES[one.state], why])
    emit({"candidates": [_shape(one) for one in found]}, table(rows) if found else "没有候选关联。", json=json)


@app.command()
def show(number: Number, directory: Directory = Path(), json: Json = False) -> None:
    """One candidate with everything that was judged of it."""
    with office_of(directory) as office:
        found, history = office.links.get(number), office.links.history(number)
    lines = [_line(found)] + [f"{h.at:%Y-%m-%d %H:%M} {h.actor} {h.verdict} {h.uscc} {h.reason}" for h in history]
    said = [{name: getattr(h, name) for name in h.__dataclass_fields__} for h in history]
    emit({**_shape(found), "history": said}, "\n".join(lines), json=json)


@app.command()
def decide(
    number: Number,
    verdict: Annotated[Literal["accept", "reject"], typer.Argument(help="Whether the record is about this firm.")],
    by: By,
    reason: Reason,
    directory: Directory = Path(),
    uscc: Annotated[
        str, typer.Option("--uscc", metavar="CODE", help="The firm's credit code, shown by evidence: a sure link.")
    ] = "",
    json: Json = False,
) -> None:
    """Judge a candidate. With --uscc and the evidence as the reason the link is deterministic."""
    from yuheng.codes import credit_code_ok
    from yuheng.errors import UsageError

    code = uscc.strip().upper()
    if code and not credit_code_ok(code):
        raise UsageError(f"{uscc!r} is no sound credit code.", todo="Give the 18 places as on the licence.")
    with office_of(directory) as office:
        if code:
            _same_firm(directory, office.links.get(number), code)
        found = (
            office.links.accept(number, by=by, reason=reason, uscc=code)
            if verdict == "accept"
            else office.links.reject(number, by=by, reason=reason)
        )
    emit(_shape(found), f"{_line(found)}\n{_HINT}", json=json)


@app.command()
def undo(number: Number, by: By, reason: Reason, directory: Directory = Path(), json: Json = False) -> None:
    """Take a judgement, or an automatic link, back."""
    with office_of(directory) as office:
        found = office.links.undo(number, by=by, reason=reason)
    emit(_shape(found), f"{_line(found)}\n{_HINT}", json=json)


Entity = Annotated[int, typer.Argument(help="ent_id of the firm.")]


@app.command()
def merge(
    entity: Entity,
    into: Annotated[int, typer.Argument(help="ent_id it goes into.")],
    by: By,
    reason: Reason,
    directory: Directory = Path(),
    on: Annotated[str, typer.Option("--on", metavar="DATE", help="From this day; default: today.")] = "",
    json: Json = False,
) -> None:
    """Judge that two entities are one firm. Both ids stay; who, when and why are kept."""
    with office_of(directory) as office:
        done = office.links.merge(entity, into, by=by, reason=reason, on=_day(on))
    _firm(done, json=json)


@app.command()
def split(
    entity: Entity,
    by: By,
    reason: Reason,
    directory: Directory = Path(),
    on: Annotated[str, typer.Option("--on", metavar="DATE", help="From this day; default: today.")] = "",
    json: Json = False,
) -> None:
    """Take a merge back."""
    with office_of(directory) as office:
        done = office.links.split(entity, by=by, reason=reason, on=_day(on))
    _firm(done, json=json)


def _day(text: str) -> date:
    return day(text) if text else date.today()  # noqa: DTZ011  the office's own calendar day


def _firm(done: FirmJudgement, *, json: bool) -> None:
    word = "并入" if done.kind == "merge" else "拆出"
    data = {name: getattr(done, name) for name in done.__dataclass_fields__}
    emit(data, f"{done.known_on.isoformat()} 起：{done.ent_id} {word} {done.into_ent_id}（{done.actor}）", json=json)


def _same_firm(directory: Path, found: Candidate, code: str) -> None:
    """Raises UsageError unless `code` is one of the firm's own."""
    from yuheng.errors import UsageError
    from yuheng.pipeline import Workspace, has_code

    with Workspace.open(directory) as ws:
        fits = has_code(ws, found.ent_id, code)
    if not fits:
        raise UsageError(f"{code} is not the code of {found.firm_name}.", todo="Look the firm up in the register.")


def _line(one: Candidate) -> str:
    return f"候选 {one.id}  {one.name} → {one.firm_name}  得分 {one.score:.3f}  {_STATES[one.state]}"


def _shape(one: Candidate) -> dict[str, object]:
    return {name: getattr(one, name) for name in one.__dataclass_fields__}
