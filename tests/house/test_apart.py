import ast


def test_nothing_of_ours_imports_the_real_systems_it_talks_to(modules: dict[str, ast.Module]) -> None:
    """Tryton is licensed otherwise than we are: it is a process of its own, spoken to over HTTP and never imported."""
    named = {
        (path, name.partition(".")[0])
        for path, module in modules.items()
        for node in ast.walk(module)
        for name in _imported(node)
    }

    assert ("system_apis/tryton/client.py", "msgspec") in named
    assert set() == {(path, name) for path, name in named if name == "proteus" or name.startswith("trytond")}


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [each.name for each in node.names]
    if isinstance(node, ast.ImportFrom) and not node.level:
        return [node.module or ""]
    if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
        return [str(each.value) for each in node.args[:1] if isinstance(each, ast.Constant)]
    return []
