"""What the admission policies of the cluster would say: to each place as it stands, as released, and put wrong."""

from pathlib import Path
from typing import Any, Final

import yaml

from tests.k8s.places import stage
from tests.k8s.reading import Resource
from tests.k8s.wrongs import WRONGS

UNWRITTEN: Final = f"sha256:{'0' * 64}"
WRITTEN: Final = f"sha256:{'1' * 64}"
REFUSED: Final = frozenset({"host path", "host network", "tag", "short digest", "no priority", "pods without a region"})
"""Single fields put wrong that admission has to refuse, whatever our own rules say."""


def written_for_admission(places: dict[str, list[Resource]], folder: Path) -> list[Path]:
    """A file for each place as it stands, one as a release leaves it, and one for each wrong in production."""
    texts = {name: yaml.safe_dump_all(resources) for name, resources in places.items()}
    cases = {f"stands {name}": text for name, text in texts.items()}
    cases |= {f"released {name}": text.replace(UNWRITTEN, WRITTEN) for name, text in texts.items()}
    released = list(yaml.safe_load_all(cases["released prod-eu"]))
    for wrong in WRONGS:
        if wrong.words in REFUSED:
            cases[f"wrong {wrong.words}"] = yaml.safe_dump_all(next(wrong.tried(released))[1])
    for name, text in cases.items():
        (folder / f"{name}.yaml").write_text(text)
    return [folder / f"{name}.yaml" for name in cases]


def faults_of_admission(told: dict[str, Any], places: dict[str, list[Resource]]) -> list[str]:
    """A release is let in, one that nobody has released is not (but in dev), and nothing wrong is."""
    faults = []
    for name, resources in places.items():
        faults += [f"{name}: admission refuses {each}" for each in told[f"released {name}"]["refused"]]
        if (stage(resources) == "dev") == bool(told[f"stands {name}"]["refused"]):
            faults.append(f"{name}: admission does not know whether it is released")
    wrongs = [words for words in sorted(REFUSED) if not told[f"wrong {words}"]["refused"]]
    return faults + [f"prod-eu: admission lets in: {words}" for words in wrongs]
