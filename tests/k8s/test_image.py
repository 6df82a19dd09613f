"""The image: made of the lock and the packages, run by nobody in particular."""

import re
import tomllib

from tests.k8s.reading import K8S, ROOT, rendered_by_us
from tests.k8s.rules import pods

DOCKERFILE = (K8S / "image" / "Dockerfile").read_text()
LET_IN = (K8S / "image" / "Dockerfile.dockerignore").read_text().splitlines()
PACKAGES = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"][
    "packages"
]


def test_the_image_holds_every_package_of_the_wheel() -> None:
    """What the wheel is made of is copied in, and let through the ignore list."""
    copied = set(re.findall(r"^COPY (\w+) \1$", DOCKERFILE, re.MULTILINE))

    assert set(PACKAGES) == copied
    assert {f"!{package}" for package in PACKAGES} <= set(LET_IN)


def test_what_is_installed_is_locked() -> None:
    """Every pip that fetches, fetches by hash; the wheel itself is installed from the disk."""
    installs = re.findall(r"pip install ([^\n&]+)", DOCKERFILE)

    assert 2 == len(installs)
    assert all("--require-hashes" in each or "--no-index" in each for each in installs)


def test_the_image_and_the_pods_agree_on_who_runs() -> None:
    """The user of the image is the user the pods demand, and it is not root."""
    user = re.search(r"^USER (\d+):(\d+)$", DOCKERFILE, re.MULTILINE)
    demanded = {
        (spec["securityContext"]["runAsUser"], spec["securityContext"]["runAsGroup"])
        for name, spec, _ in pods(rendered_by_us(K8S / "base"))
        if name != "collector"
    }

    assert user
    assert demanded == {(int(user[1]), int(user[2]))}


def test_the_base_is_pinned() -> None:
    """Both stages stand on one argument, which names its base by digest."""
    assert re.search(r"^ARG PYTHON=python:3\.11-slim@sha256:[0-9a-f]{64}$", DOCKERFILE, re.MULTILINE)
    assert ["${PYTHON}", "${PYTHON}"] == re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
