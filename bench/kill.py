"""`kill -9` at random moments of `yuheng run`, again and again, and what it leaves against an undisturbed run.

python bench/kill.py [--kills 100] [--seed 1] [--enterprises 60] [--months 14] [--folder DIR]

The first kill of a deployment falls on a durable act (rename, deletion, commit) of any stage of the run, the others
soon after a restart, by processor time or by act. Exit code 1 when any table, count, batch or model differs, or a run
after a kill fails.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.faults.kills import cleared, killed_round, nursery, spoil, undisturbed
from tests.province import make_inbox


def main() -> int:
    """Rounds until enough kills happened."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--enterprises", type=int, default=60)
    parser.add_argument("--months", type=int, default=14)
    parser.add_argument("--together", type=int, default=6, help="kills of one deployment")
    parser.add_argument("--stride", type=float, default=0.25)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="kill-"))
    started = time.monotonic()
    try:
        make_inbox(folder, enterprises=options.enterprises, months=options.months)
        spoil(folder / "inbox")
        with nursery(folder / "logs") as home:
            wanted = undisturbed(home, folder / "inbox", folder / "undisturbed")
            print(f"undisturbed: {wanted.seconds:.1f} s of processor, {len(wanted.acts)} durable acts", flush=True)
            rng, kills, problems, number = random.Random(options.seed), 0, 0, 0
            places: set[str] = set()
            while kills < options.kills:
                number += 1
                root = folder / f"round-{number}"
                most = min(options.kills - kills, options.together)
                found = killed_round(home, folder / "inbox", root, wanted, rng=rng, kills=most, stride=options.stride)
                kills += len(found.kills)
                problems += len(found.problems)
                places.update(found.places)
                print(f"round {number}: {len(found.kills)} kills, {len(found.problems)} problems", flush=True)
                for moment, place in zip(found.kills, found.places, strict=True):
                    print(f"  at {moment}: {place}", flush=True)
                for problem in found.problems:
                    print(f"  {problem}", flush=True)
                if not found.problems:
                    cleared(root)
            spent = time.monotonic() - started
            print(f"{kills} kills at {len(places)} places in {number} rounds, {spent:.0f} s: {problems} problems")
    finally:
        if not options.folder:
            shutil.rmtree(folder, ignore_errors=True)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
