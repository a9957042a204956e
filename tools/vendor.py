"""Fetch what the pages need from npm, pinned and checked, into servicebook/static/vendor.

Run it after changing a version here or the list in tools/icons.txt. It needs npm; users of
Servicebook do not. `manifest.json` says what came from which package.
"""

import base64
import hashlib
import json
import re
import subprocess
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "servicebook" / "static" / "vendor"
FONTS = [f"inter-{subset}-wght-normal.woff2" for subset in ("latin", "latin-ext", "cyrillic", "cyrillic-ext")]

# package@version: its integrity as npm publishes it, and path in the package → our name.
PACKAGES: dict[str, tuple[str, dict[str, str]]] = {
    "@tabler/core@1.6.1": (
        "sha512-lgmR9gcxRp5JlLxcmRi9Rz85JrEvH6Bz71KnlcPVSa97wtwQNjgSs3g3fxwbAlulHyRMghhIV04QUuW3pqDsIg==",
        {"dist/css/tabler.min.css": "tabler.min.css"},
    ),
    "htmx.org@2.0.11": (
        "sha512-Thx/WtpeOQqSrqBCw/A1cwGJGg4UrVa3+sW0GmrM3p4gJgO89ecH4qtbnyzDDWFvBTqjnIMCgELTNt636dtamA==",
        {"dist/htmx.min.js": "htmx.min.js", "LICENSE": "htmx.LICENSE.txt"},
    ),
    "@tabler/icons@3.51.0": (
        "sha512-0pinvPZz7YeX+OSfxuEAbnEPWbocVXW5iU8h5lh41pYG8sZuQfpWECC980lxOT0clGIcNGn8xsBr+zKaRGdA/g==",
        {"LICENSE": "tabler-icons.LICENSE.txt"},
    ),
    "@fontsource-variable/inter@5.3.0": (
        "sha512-OupL48va4JNofb97w6NYeF9S7W/kHNKM0Er8Dem5nqi4jeOLrVJDoE8tZEpnMJmtkvNbB1EIPPwHcdkF6b1oUA==",
        {f"files/{font}": font for font in FONTS} | {"LICENSE": "inter.LICENSE.txt"},
    ),
}


def fetch(package: str, integrity: str, folder: Path) -> dict[str, bytes]:
    """Download one package and return its files by path. Stops when it is not the pinned one."""
    command = ["npm", "pack", package, "--silent", "--pack-destination", str(folder)]
    name = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1]
    packed = (folder / name).read_bytes()
    found = "sha512-" + base64.b64encode(hashlib.sha512(packed).digest()).decode()
    if found != integrity:
        raise SystemExit(f"{package} is not what was pinned: {found}")
    with tarfile.open(folder / name) as archive:
        members = [member for member in archive.getmembers() if member.isfile()]
        return {
            member.name.split("/", 1)[1]: archive.extractfile(member).read()  # type: ignore[union-attr]
            for member in members
        }


def without_source_map(name: str, content: bytes) -> bytes:
    """The maps are not shipped, and the storage of static files would look for them."""
    if not name.endswith((".css", ".js")):
        return content
    return re.sub(rb"\s*(/\*# sourceMappingURL=.*?\*/|//# sourceMappingURL=.*)\s*$", b"\n", content)


def sprite(files: dict[str, bytes]) -> bytes:
    """One SVG with a symbol per icon of tools/icons.txt."""
    symbols = []
    for name in sorted(set((ROOT / "tools/icons.txt").read_text().split())):
        source = files[f"icons/outline/{name}.svg"].decode()
        paths = re.findall(r"<(?:path|circle|rect|line)[^>]*/>", source)
        drawn = "".join(path for path in paths if 'd="M0 0h24v24H0z"' not in path)
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{drawn}</symbol>')
    head = '<svg xmlns="http://www.w3.org/2000/svg">'
    return "\n".join([head, *symbols, "</svg>\n"]).encode()


def main() -> None:
    written: dict[str, dict[str, object]] = {}

    def write(name: str, package: str, content: bytes) -> None:
        (TARGET / name).write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        written[name] = {"package": package, "bytes": len(content), "sha256": digest}

    TARGET.mkdir(parents=True, exist_ok=True)
    for old in TARGET.iterdir():
        old.unlink()
    with tempfile.TemporaryDirectory() as folder:
        for package, (integrity, wanted) in PACKAGES.items():
            files = fetch(package, integrity, Path(folder))
            for source, name in wanted.items():
                write(name, package, without_source_map(name, files[source]))
            if package.startswith("@tabler/icons@"):
                write("icons.svg", package, sprite(files))
                mit = files["LICENSE"].decode()
    # Tabler's package names its licence and its holders in the head of the stylesheet only.
    head = (TARGET / "tabler.min.css").read_text(encoding="utf-8")[:400]
    holders = "\n".join(re.findall(r"Copyright .+", head))
    licence = re.sub(r"Copyright .+", lambda _match: holders, mit, count=1)
    write("tabler.LICENSE.txt", "@tabler/core@1.6.1", licence.encode())
    (TARGET / "manifest.json").write_text(json.dumps(written, indent=2, sort_keys=True) + "\n")
    for name, facts in sorted(written.items()):
        print(f"{facts['bytes']:>8} {name}")


if __name__ == "__main__":
    main()
