"""Print one line per requirement with the tests that prove it; `--unproven` only those without."""

import ast
import re
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LINE = re.compile(r"^- (S\d\.\d+) (.+)$")


def proofs() -> dict[str, list[str]]:
    """Requirement id → names of the tests that carry it."""
    found: dict[str, list[str]] = defaultdict(list)
    for file in sorted([*ROOT.glob("servicebook/**/tests/**/*.py"), *ROOT.glob("tests/**/*.py")]):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        where = file.relative_to(ROOT).as_posix()
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and any(
                isinstance(target, ast.Name) and target.id == "pytestmark" for target in node.targets
            ):
                for identifier in _marked(node.value):
                    found[identifier].append(where)
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                for decorator in node.decorator_list:
                    for identifier in _marked(decorator):
                        found[identifier].append(f"{where}::{node.name}")
    return found


def _marked(node: ast.AST) -> list[str]:
    return [
        argument.value
        for call in ast.walk(node)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "req"
        for argument in call.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    ]


def main() -> int:
    proven = proofs()
    known = {}
    for line in (ROOT / "docs" / "requirements.md").read_text(encoding="utf-8").splitlines():
        match = LINE.match(line)
        if match:
            known[match[1]] = match[2]
    for identifier, text in known.items():
        tests = proven.get(identifier, [])
        if "--unproven" in sys.argv and tests:
            continue
        shown = ", ".join(tests[:3]) + (f" and {len(tests) - 3} more" if len(tests) > 3 else "")
        print(f"{identifier:<6} {len(tests):>3}  {shown or '–'}  ({text[:70]})")
    unknown = sorted(set(proven) - set(known))
    if unknown:
        print(f"Tests name requirements that do not exist: {', '.join(unknown)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
