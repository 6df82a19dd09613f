"""Judge electronic invoices by schemas and rules that others wrote, one JSON line in and one out.

`{"xml": …}` is answered with what the UBL 2.1 schema and the EN 16931 rules hold against it;
`{"lists": true}` with the code lists that the rules have in them.
"""

import json
import re
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from lxml import etree
from saxonche import PySaxonProcessor

RULES = "resources/schematron/en16931_base/CEN-EN16931-UBL.xslt"
FAILED = "{http://purl.oclc.org/dsdl/svrl}failed-assert"
FIRED = "{http://purl.oclc.org/dsdl/svrl}fired-rule"


def inside(package: str, path: str) -> Path:
    """Find a file of a package without importing it: what it depends on is not there."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        sys.exit(f"{package} is not installed")
    return Path(spec.origin).parent / path


def schema(kind: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(inside("peppol", f"schema/maindoc/UBL-{kind}-2.1.xsd")))


def judged(xml: str, schemas: dict[str, etree.XMLSchema], rules: Any, processor: PySaxonProcessor) -> dict[str, Any]:
    document = etree.fromstring(xml.encode())
    judge = schemas[etree.QName(document).localname]
    judge.validate(document)
    report = etree.fromstring(rules.transform_to_string(xdm_node=processor.parse_xml(xml_text=xml)).encode())
    return {
        "schema": [str(error.message) for error in judge.error_log],
        "rules": [f"{each.get('id')} {each.get('flag')}" for each in report.iter(FAILED)],
        "fired": sum(1 for _ in report.iter(FIRED)),
    }


def main() -> None:
    with PySaxonProcessor(license=False) as processor:
        path = inside("mcp_einvoicing_core", RULES)
        rules = processor.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(path))
        schemas = {kind: schema(kind) for kind in ("Invoice", "CreditNote")}
        for line in sys.stdin:
            asked = json.loads(line)
            if "lists" in asked:
                answer: Any = [found.split() for found in re.findall(r"'( [^']+ )'", path.read_text())]
            else:
                answer = judged(asked["xml"], schemas, rules, processor)
            print(json.dumps(answer), flush=True)  # noqa: T201 - answers go out on the standard output


main()
