"""A contract for `lint-imports`: what must not be loaded when a module is imported."""

import ast
from functools import cache
from pathlib import Path

from grimp import ImportGraph
from importlinter.application.contract_utils import AlertLevel
from importlinter.contracts.forbidden import ForbiddenContract
from importlinter.domain import fields
from importlinter.domain.contract import ContractCheck


class NotAtImportContract(ForbiddenContract):
    """A forbidden contract that allows imports inside functions, which cost nothing until the function is called."""

    # import-linter reads fields from the class itself, so the parent's fields are repeated here.
    source_modules = fields.SetField(subfield=fields.ModuleExpressionField())
    forbidden_modules = fields.SetField(subfield=fields.ModuleExpressionField())
    ignore_imports = fields.SetField(subfield=fields.ImportExpressionField(), required=False)
    allow_indirect_imports = fields.BooleanField(required=False, default=False)
    unmatched_ignore_imports_alerting = fields.EnumField(AlertLevel, default=AlertLevel.ERROR)
    as_packages = fields.BooleanField(required=False, default=True)

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Check the graph without the imports inside functions."""
        for importer in sorted(graph.modules):
            for imported in sorted(graph.find_modules_directly_imported_by(importer)):
                lines = {one["line_number"] for one in graph.get_import_details(importer=importer, imported=imported)}
                if lines and lines <= lines_inside_functions(importer):
                    graph.remove_import(importer=importer, imported=imported)
        return super().check(graph, verbose)


@cache
def lines_inside_functions(module: str) -> set[int]:
    """Line numbers of a module's source, counted from 1, that run only when a function is called."""
    path = Path(*module.split("."))
    source = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    functions = [
        node for node in ast.walk(ast.parse(source.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]  # fmt: skip
    return {line for node in functions for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)}
