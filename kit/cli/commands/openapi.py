"""`sluice openapi`: write the published documents, or with --check refuse stale ones."""

from __future__ import annotations

import argparse
import json

from kit.tier.documents import FOLDER, published
from kit.tier.manifest import TIERS


def run(arguments: argparse.Namespace) -> int:
    """Write or compare one document a tier."""
    stale = []
    for tier in TIERS:
        path = FOLDER / f"{tier}.json"
        text = json.dumps(published(tier), indent=1, ensure_ascii=False, sort_keys=False) + "\n"
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(path.name)
        if not arguments.check:
            path.write_text(text, encoding="utf-8")
            print(f"written: contracts/openapi/{path.name}")
    if stale and arguments.check:
        print(f"stale: {', '.join(stale)}; run `sluice openapi` and commit the result")
        return 1
    print("the published documents match the contracts")
    return 0
