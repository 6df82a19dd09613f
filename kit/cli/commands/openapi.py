"""`sluice openapi`: write the published documents and the partners' changelog, or with --check refuse stale ones.

A document may only grow: what a caller of the committed one relies on is not taken away. A change of a dated
contract that breaks becomes a file in `contracts/changes/`, with which the older documents stay as they are; without
one it is not even written. That an inner tier takes something away is told when writing and refused by --check.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from kit.tier.documents import FOLDER, every_document
from kit.tier.manifest import TIERS
from kit.versions import history
from kit.versions.blessed import blessed, breaks
from kit.versions.changelog import changelog


def run(arguments: argparse.Namespace) -> int:
    """Write or compare every document; 1 when one is stale or takes something away."""
    documents = every_document(TIERS)
    broken = breaks(blessed(FOLDER, against=arguments.against), documents)
    for name, found in broken.items():
        for each in found:
            print(f"breaks callers of {name}.json: {each}")
    if broken and (arguments.check or not broken.keys() <= set(TIERS)):
        print("a breaking change of a dated contract is a file in contracts/changes/; inner tiers may only grow")
        return 1
    texts = {FOLDER / f"{name}.json": _text(document) for name, document in documents.items()}
    book = FOLDER.parent.parent / "docs" / "partners-changelog.md"
    if book.parent.exists():  # an installed wheel has no docs
        texts[book] = changelog(history("partners"), title="partner API")
    gone = [path for path in sorted(FOLDER.glob("*.json")) if path not in texts]
    stale = [path for path, text in texts.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if arguments.check:
        return _checked([*stale, *gone])
    for path in stale:
        path.write_text(texts[path], encoding="utf-8")
        print(f"written: {path.name}")
    for path in gone:
        path.unlink()
        print(f"removed: {path.name}")
    return _checked([])


def _checked(stale: list[Path]) -> int:
    if stale:
        print(f"stale: {', '.join(path.name for path in stale)}; run `sluice openapi` and commit the result")
        return 1
    print("the published documents match the contracts")
    return 0


def _text(document: dict[str, object]) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False, sort_keys=False) + "\n"
