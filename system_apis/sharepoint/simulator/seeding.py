"""What an administrator set up before anybody called, and the whole state for whoever looks behind the screen."""

from typing import Any, Final

from .state import Drive, Grant, Site

_LONGEST: Final = 255


def seeded(site: Site, document: dict[str, Any]) -> None:
    """Load drives with their columns, groups, grants, the address of content, and the vendor's paces."""
    site.content_url = str(document.get("content_url", site.content_url))
    site.search_lag_s = float(document.get("search_lag_s", site.search_lag_s))
    site.token_life_s = float(document.get("delta_token_life_s", site.token_life_s))
    site.groups |= {group["id"]: group["displayName"] for group in document.get("groups", ())}
    for drive in document.get("drives", ()):
        if drive["id"] not in site.drives:
            site.drives[drive["id"]] = _drive(site, drive)


def _drive(site: Site, told: dict[str, Any]) -> Drive:
    drive = Drive(site.sandbox, told["id"], told["name"])
    for column in told.get("columns", ()):
        drive.columns[column["name"]] = {
            "id": f"{site.sandbox.random.getrandbits(128):032x}",
            "displayName": column["name"],
            "indexed": False,
            "enforceUniqueValues": False,
            "text": {"maxLength": _LONGEST},
            **column,
        }
    drive.root.grants = [
        Grant(site.stamp(9), [grant["role"]], {"siteGroup": {"displayName": grant["siteGroup"]}})
        for grant in told.get("grants", ())
    ]
    return drive


def dumped(site: Site) -> dict[str, Any]:
    """Every item with its path, columns and grants."""
    found = [
        {
            "id": item.id,
            "drive": drive.id,
            "path": drive.path(item),
            "folder": item.is_folder,
            "size": len(item.content),
            "version": item.version,
            "versions": len(item.versions) + (0 if item.is_folder else 1),
            "fields": dict(item.fields),
            "grants": [{"roles": grant.roles, "to": grant.to} for grant in drive.granted(item)],
        }
        for drive in site.drives.values()
        for item in drive.items.values()
        if item is not drive.root
    ]
    return {
        "items": found,
        "sessions": len(site.sessions),
        "binned": [i.name for d in site.drives.values() for i in d.bin],
    }
