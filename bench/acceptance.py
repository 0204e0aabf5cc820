"""The model's quality on a simulated province: fit once, freeze, rate twelve months on, compare with what happened.

    python bench/acceptance.py --enterprises 200000 --keep DIR

Simulates the province, takes it in, fits weights and knots at month 6 (learning from violations after month 0 and
before), approves and activates the models, rates that day and the twelve months after, back-tests every month against
the violations of the six months that followed, and prints one table. The truth of the simulator is read here alone,
to hold the model's AUC against that of the latent risk itself. Exit code 1, with the reasons, when a line is missed.

Every step is idempotent: with --keep a second call goes on where the first one stopped.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path

from yuheng import intake
from yuheng.content.schema import Grading
from yuheng.pipeline import BackTest, Tested, Workspace, back_test, fit, store, usable_models
from yuheng.rating import horizon
from yuheng.settings import create
from yuheng.simulate import simulate

END = date(2026, 6, 30)
FIT_MONTH = 6
"""Month end of the fit, counted from the first simulated one; the first one is the last training day."""
MONTHS_AFTER = 12
LABEL_MONTHS = 6
SHARE_TOLERANCE = 0.0005
ORACLE_PART = 0.90
GRADING = "enterprise"
PROPOSER, APPROVER = "模型员", "审批员"


@dataclass(frozen=True)
class Plan:
    """What is asked for."""

    root: Path
    enterprises: int
    months: int
    seed: int

    @property
    def first(self) -> date:
        """The first simulated month end."""
        return horizon(END, 1 - self.months)

    @property
    def fit_day(self) -> date:
        """The day of the fit and of the first release."""
        return horizon(self.first, FIT_MONTH)

    @property
    def days(self) -> list[date]:
        """The day of the fit and the months after it."""
        return [horizon(self.fit_day, k) for k in range(MONTHS_AFTER + 1)]


@contextmanager
def timed(name: str) -> Iterator[None]:
    """Prints how long a step took and the peak memory so far."""
    started = time.perf_counter()
    yield
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{name:10}{time.perf_counter() - started:8.1f} s   peak {peak:.1f} GiB", flush=True)


def prepare(plan: Plan) -> None:
    """The deployment with its inbox and truth; left alone when it is there, made anew when it was left half made."""
    note = plan.root / "acceptance.json"
    asked = {"enterprises": plan.enterprises, "months": plan.months, "seed": plan.seed}
    noted = json.loads(note.read_text("utf-8")) if note.exists() else None
    if noted == {**asked, "simulated": True}:
        return
    if noted is None and plan.root.is_dir() and any(plan.root.iterdir()):
        sys.exit(f"{plan.root} is not empty and holds no province of this benchmark. Give another folder to --keep.")
    if noted is not None and noted != {**asked, "simulated": False}:
        sys.exit(f"{plan.root} holds another province: {noted}. Give another folder to --keep.")
    deployment = create(plan.root)
    note.write_text(json.dumps({**asked, "simulated": False}), encoding="utf-8")
    truth = plan.root / "truth"
    for half in (deployment.inbox, truth):
        shutil.rmtree(half, ignore_errors=True)
    simulate(
        deployment.inbox,
        enterprises=plan.enterprises,
        months=plan.months,
        seed=plan.seed,
        end=END,
        others=0.02,
        truth=truth,
    )
    note.write_text(json.dumps({**asked, "simulated": True}), encoding="utf-8")


def take_in(ws: Workspace) -> None:
    """All deliveries; files taken in before are skipped."""
    with ws.engine() as engine:
        found = intake.run(ws.deployment, ws.office, ws.lake, engine, ws.store)
    print(f"{'':10}{sum(found.counts[f] for f in intake.FATES):,} records")


def freeze_models(ws: Workspace, plan: Plan) -> None:
    """Fits, approves and activates a model for every grading that has none."""
    for grading in ws.store.gradings.values():
        if ws.office.models.active(grading.id) is not None:
            continue
        with ws.engine() as engine:
            found = fit(ws, engine, grading, plan.fit_day, train=plan.first if grading.id == GRADING else None)
        version = store(ws, found.model, by=PROPOSER).version
        ws.office.models.approve(version, by=APPROVER)
        ws.office.models.activate(version, by=APPROVER)
        if found.training:
            told = ", ".join(f"{d}: {n:,} firms, {bad:,} bad" for d, (n, bad) in found.training.days.items())
            print(f"{'':10}learnt from {told}")
        if found.stability:
            print(f"{'':10}weights redrawn ±{found.stability.spread:.0%}: {found.stability.mean:.1%} keep their grade")


def oracle(plan: Plan) -> dict[date, float]:
    """AUC of the latent risk by month, as the simulator declared it."""
    truth = json.loads((plan.root / "truth" / "oracle.json").read_text("utf-8"))
    return {date.fromisoformat(m["as_of"]): float(m["auc"]) for m in truth["months"] if m["auc"]}


def show(found: BackTest, limits: dict[date, float]) -> None:
    """One line for each month."""
    letters = [g.grade for g in found.days[0].validation.grades]
    head = "".join(f"{h:>9}" for h in [*(f"{g} %" for g in letters), *(f"bad {g} %" for g in letters)])
    print(f"\n{found.model_version}, frozen")
    print(f"as of        firms{head}    D/A    AUC  oracle   part     KS  lift  slope     PSI  state")
    for d in found.days:
        print(_line(d, letters, limits[d.as_of]))


def _line(day: Tested, letters: list[str], limit: float) -> str:
    v = day.validation
    parts = [100 * day.shares.get(g, 0) for g in letters] + [100 * g.bad_rate for g in v.grades]
    slope = "    –" if v.slope is None else f"{v.slope:5.2f}"
    psi = max(day.drift.score_psi, day.drift.grade_psi)
    return (
        f"{day.as_of!s:10}{v.firms:>8,}{''.join(f'{p:>9.2f}' for p in parts)}{v.worst_to_best or 0:>7.1f}{v.auc:>7.4f}"
        f"{limit:>8.4f}{v.auc / limit:>7.3f}{v.ks:>7.3f}{v.lift:>6.2f}  {slope}{psi:>8.4f}  {day.drift.state}"
    )


def missed(found: BackTest, grading: Grading, limits: dict[date, float]) -> list[str]:
    """What the acceptance asks for and did not get."""
    reasons = [
        f"first release: {100 * found.days[0].shares.get(g, 0):.3f} % of the firms are {g}, wanted {100 * share:.2f} %"
        for g, share in grading.targets.items()
        if abs(found.days[0].shares.get(g, 0) - share) > SHARE_TOLERANCE
    ]
    for d in found.days:
        v = d.validation
        rates = [g.bad_rate for g in v.grades]
        if not all(a < b for a, b in pairwise(rates)):
            reasons.append(f"{d.as_of}: the bad rate does not rise from grade to grade: {rates}")
        if v.worst_to_best is None or v.worst_to_best < grading.standards.worst_to_best:
            reasons.append(f"{d.as_of}: D/A is {v.worst_to_best}, wanted {grading.standards.worst_to_best}")
        if v.auc < ORACLE_PART * limits[d.as_of]:
            reasons.append(
                f"{d.as_of}: AUC {v.auc:.4f} is {v.auc / limits[d.as_of]:.1%} of the oracle's {limits[d.as_of]:.4f}, "
                f"wanted {ORACLE_PART:.0%}"
            )
    return reasons


def accept(plan: Plan) -> list[str]:
    """All steps; the lines missed."""
    with timed("simulate"):
        prepare(plan)
    with Workspace.open(plan.root) as ws:
        with timed("intake"):
            take_in(ws)
        with timed("fit"):
            freeze_models(ws, plan)
        with timed("back-test"):
            found = back_test(ws, ws.store.gradings[GRADING], plan.days, models=usable_models(ws))
        limits = oracle(plan)
        show(found, limits)
        (plan.root / "back_test.json").write_text(json.dumps(found.to_dict(), ensure_ascii=False), encoding="utf-8")
        return missed(found, ws.store.gradings[GRADING], limits)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--enterprises", type=int, default=200_000)
    parser.add_argument("--months", type=int, default=FIT_MONTH + MONTHS_AFTER + LABEL_MONTHS + 1)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--keep", type=Path, help="folder of the deployment; default: one that is removed at the end")
    args = parser.parse_args()
    least = FIT_MONTH + MONTHS_AFTER + LABEL_MONTHS + 1
    if args.months < least:
        parser.error(f"--months must be at least {least}")
    root = args.keep or Path(tempfile.mkdtemp(prefix="acceptance-"))
    try:
        reasons = accept(Plan(root, args.enterprises, args.months, args.seed))
    finally:
        if args.keep is None:
            shutil.rmtree(root, ignore_errors=True)
    print("\n" + ("\n".join(f"MISSED {r}" for r in reasons) if reasons else "every line is met"))
    sys.exit(1 if reasons else 0)


if __name__ == "__main__":
    main()
