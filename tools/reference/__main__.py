"""`python -m tools.reference` writes docs/reference; with `--check` it only compares and exits 1 when they differ."""

from __future__ import annotations

import argparse
import sys

from tools.reference import FOLDER, drift, pages, write


def main() -> int:
    """Exit code 0: written, or nothing to do."""
    options = argparse.ArgumentParser(prog="python -m tools.reference", description=__doc__)
    options.add_argument("--check", action="store_true", help="only compare; exit code 1 when a page is out of date")
    made = pages()
    if not options.parse_args().check:
        write(FOLDER, made)
        sys.stdout.write(f"{len(made)} pages in {FOLDER}\n")
        return 0
    stale = drift(FOLDER, made)
    for name, why in stale.items():
        sys.stderr.write(f"docs/reference/{name}: {why}\n")
    if stale:
        sys.stderr.write("Run `python -m tools.reference` and commit what it writes.\n")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
