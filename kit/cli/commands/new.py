"""`sluice new vendor`: writes a room with its simulator and tests, which passes every check and answers nothing yet."""

from __future__ import annotations

import argparse


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Teach the command line its words."""
    parser = commands.add_parser("new", help="write the files with which something new begins")
    kinds = parser.add_subparsers(dest="kind", required=True, metavar="KIND")
    vendor = kinds.add_parser("vendor", help="a room of the system tier with simulator and tests, in this checkout")
    vendor.add_argument("name", help="folder of the room, as acme_books")
    vendor.add_argument(
        "--role", action="append", required=True, help="what it is to the firm, as crm; may be given several times"
    )
    vendor.add_argument("--title", default="", help="the vendor's name as people write it")


def run(arguments: argparse.Namespace) -> int:
    """Write the files and tell what comes next.

    Raises:
        SettingsError: a name that stands or can be none, or a role that there is not.

    """
    from kit.cli.new.vendor import checkout, vendor, write

    files = vendor(arguments.name, arguments.role, title=arguments.title)
    write(checkout(), files)
    for path in files:
        print(path)
    print(f"\n{len(files)} files. Next: docs/recipes/add-a-vendor.md, and")
    print(f"  .venv/bin/pytest -q tests/system_apis/{arguments.name}")
    print(f"  .venv/bin/pytest -q tests/conformance -k {arguments.name}   # fails until the role is written")
    return 0
