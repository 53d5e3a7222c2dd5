"""Writes the hostile corpus into a folder: one file per case and `manifest.json`, which says what each may come to.

usage: make.py FOLDER

Needs `onnx` and `numpy`, no network; the same bytes every time.
"""

import importlib
import json
import sys
from pathlib import Path

from parts import CONTRACTS

FAMILIES = ["controls", "external", "foreign", "malformed", "memory", "time", "crashers", "outputs", "oracles"]


def main(folder: Path):
    """Makes every family, in order."""
    folder.mkdir(parents=True, exist_ok=True)
    entries = []
    for family in FAMILIES:
        for case in importlib.import_module(f"families.{family}").cases():
            content = case.file()
            (folder / f"{case.name}.onnx").write_bytes(content)
            entries.append({
                "name": case.name,
                "family": family,
                "attempts": case.attempts,
                "allowed": case.allowed,
                "contract": case.contract,
                "oracle": case.oracle,
            })
    names = [entry["name"] for entry in entries]
    assert len(names) == len(set(names)), "two cases have one name"
    manifest = {"contracts": CONTRACTS, "cases": entries}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
