"""The files of a vendor that begins: a room, a simulator that runs, and their tests, from templates and contracts.

What is written runs and is checked, and every method that the contract asks for says that it is not written yet.
A template names what is put into it as `@@{name}`.
"""

from __future__ import annotations

import keyword
import re
import string
import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from kit.cli.new.asked import Asked, Import, asked_of, import_block
from kit.settings import SettingsError

_TEMPLATES: Final = Path(__file__).parent / "templates"
_NAME: Final = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_LONGEST: Final = 24
_TITLE: Final = re.compile(r"[^\"\\\x00-\x1f]{1,30}")
_WIDTH: Final = 120
_UNWRITTEN: Final = '        raise _unwritten("{role}.{name}")'


class _Form(string.Template):
    delimiter = "@@"


def vendor(name: str, roles: Sequence[str], *, title: str = "") -> dict[str, str]:
    """Every file of a new vendor by its path in the repository.

    Raises:
        SettingsError: name or title is none that a room can have, or a role is none that there is.

    """
    asked = [asked_of(role) for role in dict.fromkeys(roles)]
    words = _words(_checked(name), asked, title=_titled(title or name.replace("_", " ").title()))
    room, tests = f"system_apis/{name}", f"tests/system_apis/{name}"
    files = {f"{room}/{path}": text for path, text in _filled("room", words).items()}
    for each in asked:
        where = f"{room}/{_service_file(asked, each)}.py"
        files[where] = _service(each, words, where=where)
        if (_TEMPLATES / each.role).is_dir():
            files |= {f"{room}/{path}": text for path, text in _filled(each.role, words).items()}
    return files | {f"{tests}/{path}": text for path, text in _filled("tests", words).items()}


def write(root: Path, files: Mapping[str, str]) -> None:
    """Write the files of a new vendor into a checkout.

    Raises:
        SettingsError: this is no checkout, or something stands already where a file would be.

    """
    if not (root / "tests" / "system_apis").is_dir():
        raise SettingsError(f"{root} is no checkout of the repository; a vendor is written into one")
    for folder in sorted({"/".join(path.split("/")[: 2 + path.startswith("tests/")]) for path in files}):
        if (root / folder).exists():
            raise SettingsError(f"{folder} stands already; a vendor is written once and then changed")
    for path, text in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


def checkout() -> Path:
    """The folder in which the tiers lie.

    Raises:
        SettingsError: the system tier is not installed.

    """
    spec = find_spec("system_apis")
    if spec is None or spec.origin is None:
        raise SettingsError("the system tier is not installed")
    return Path(spec.origin).parents[1]


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name) or len(name) > _LONGEST or keyword.iskeyword(name) or name in sys.stdlib_module_names:
        raise SettingsError(
            f"{name!r} cannot be the name of a room: small letters, digits and single underscores, at most {_LONGEST} "
            "characters, beginning with a letter, and no word or module of the language"
        )
    return name


def _titled(title: str) -> str:
    if not _TITLE.fullmatch(title):
        raise SettingsError(f"{title!r} cannot be a title: 1 to 30 characters, no double quote and no backslash")
    return title


def _words(name: str, asked: Sequence[Asked], *, title: str) -> dict[str, str]:
    camel = name.title().replace("_", "")
    package = f"system_apis.{name}"
    imports: list[Import] = [(f"contracts.system.{each.role}", each.contract) for each in asked]
    imports += [(f"{package}.{_service_file(asked, each)}", camel + each.contract) for each in asked]
    imports += [("kit.http", "Limits"), *(("kit.room", each) for each in ("Mount", "Room", "Tools"))]
    imports += [(f"{package}.auth", "Login"), (f"{package}.client", f"{camel}Client"), (f"{package}.config", "Config")]
    imports += [(f"{package}.client", "problem_from"), (f"{package}.mapping", "capabilities")]
    mounts = [
        f'Mount({each.contract}, {camel}{each.contract}(client, capabilities=told), "/{each.role}")' for each in asked
    ]
    names = [each.role for each in asked]
    return {
        "name": name,
        "title": title,
        "Name": camel,
        "roles": ", ".join(f'"{role}"' for role in names),
        "spoken": _spoken(names),
        "imports": import_block(imports),
        "mounts": f"({mounts[0]},)" if len(mounts) == 1 else _lines_of(mounts),
    }


def _spoken(roles: Sequence[str]) -> str:
    if len(roles) == 1:
        return f"the {roles[0].upper()} role"
    return f"the roles {', '.join(roles)}" if len(roles) <= 3 else f"{len(roles)} roles"


def _lines_of(mounts: Sequence[str]) -> str:
    return "\n".join(["(", *(f"        {mount}," for mount in mounts), "    )"])


def _service_file(asked: Sequence[Asked], each: Asked) -> str:
    return "service" if len(asked) == 1 else f"service_{each.role}"


def _service(asked: Asked, words: Mapping[str, str], *, where: str) -> str:
    package = f"system_apis.{words['name']}"
    own: set[Import] = {("contracts.problem", "Kind"), ("contracts.problem", "Problem")}
    own |= {("contracts.canonical.capability", "Capabilities"), (f"{package}.client", f"{words['Name']}Client")}
    methods = [_body(method.head, method.name, method.arguments, role=asked.role) for method in asked.methods]
    more = {
        "imports": import_block(asked.imports | own),
        "Class": words["Name"] + asked.contract,
        "role": asked.role.upper(),
        "methods": "\n\n".join(methods),
        "where": where,
    }
    return _Form((_TEMPLATES / "service.py.tmpl").read_text(encoding="utf-8")).substitute({**words, **more})


def _body(head: str, name: str, arguments: Sequence[str], *, role: str) -> str:
    if name == "capabilities":
        return f"{head}\n        return self._capabilities"
    unread = f"        del {', '.join(arguments)}"
    lines = [unread] if len(unread) <= _WIDTH else [f"        del {argument}" for argument in arguments]
    return "\n".join([head, *(lines if arguments else ()), _UNWRITTEN.format(role=role, name=name)])


def _filled(folder: str, words: Mapping[str, str]) -> dict[str, str]:
    found = sorted((_TEMPLATES / folder).rglob("*.tmpl"))
    return {
        path.relative_to(_TEMPLATES / folder).as_posix().removesuffix(".tmpl"): _Form(
            path.read_text(encoding="utf-8")
        ).substitute(words)
        for path in found
    }
