"""Find the rule for some words: an index of the first docstring lines and named tables of all rules.

make where WORDS="late reply"
"""

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def index() -> list[tuple[str, str]]:
    """(file:line, name – first line of its docstring) of everything public in `rules/`."""
    entries = []
    for file in sorted(ROOT.glob("servicebook/**/rules/**/*.py")):
        where = file.relative_to(ROOT).as_posix()
        tree = ast.parse(file.read_text(encoding="utf-8"))
        if doc := ast.get_docstring(tree):
            entries.append((f"{where}:1", doc.splitlines()[0]))
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                doc = ast.get_docstring(node) or ""
                entries.append(
                    (f"{where}:{node.lineno}", f"{node.name} – {doc.splitlines()[0] if doc else ''}")
                )
            elif isinstance(node, ast.Assign | ast.AnnAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                entries += [
                    (f"{where}:{node.lineno}", target.id.lower().replace("_", " "))
                    for target in targets
                    if isinstance(target, ast.Name) and target.id.isupper() and target.id[0] != "_"
                ]
    return entries


def main() -> None:
    words = [word.casefold() for word in " ".join(sys.argv[1:]).split()]
    scored = []
    for where, text in index():
        hits = sum(word in f"{where} {text}".casefold() for word in words)
        if hits or not words:
            scored.append((-hits, where, text))
    for _hits, where, text in sorted(scored)[:20]:
        print(f"{where}  {text}")


if __name__ == "__main__":
    main()
