"""Fetches public suites of test images, from the source packages that carry them.

    suites.py FOLDER

makes one folder for each suite. The packages are pinned by their hashes in requirements.txt. Nothing of them is run but
the file of PyPNG that holds PngSuite's images as text, which is read, not imported.
"""

import ast
import binascii
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
# What browsers draw, and TIFF.
KINDS = {".apng", ".avif", ".bmp", ".gif", ".ico", ".jpeg", ".jpg", ".mpo", ".png", ".tif", ".tiff", ".webp"}
# A folder of Pillow's test images, and the suite that it belongs to.
PILLOW = {
    "bmp/g": "bmpsuite-good",
    "bmp/q": "bmpsuite-questionable",
    "bmp/b": "bmpsuite-bad",
    "apng": "pillow-apng",
    "avif": "pillow-avif",
    "": "pillow",
}


def main(target: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        packages = download(Path(folder))
        for package in packages:
            with tarfile.open(package) as archive:
                (pngsuite if package.name.startswith("pypng-") else pillow)(archive, target)


def download(folder: Path) -> list[Path]:
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    options = ["--no-binary", ":all:", "--require-hashes", "--dest", folder, "--requirement", HERE / "requirements.txt"]
    subprocess.run([*pip, *options], check=True)
    return sorted(folder.glob("*.tar.gz"))


def pillow(archive: tarfile.TarFile, target: Path) -> None:
    for member in archive:
        _, _, path = member.name.partition("/Tests/images/")
        folder, _, name = path.rpartition("/")
        suite = PILLOW.get(folder)
        if member.isfile() and suite and Path(name).suffix.lower() in KINDS:
            write(target / suite / name, archive.extractfile(member).read())


def pngsuite(archive: tarfile.TarFile, target: Path) -> None:
    """The images are a dictionary of hexadecimal texts: `{'basi0g01': _dehex(b'89504e47…'), …}`."""
    [member] = (one for one in archive if one.name.endswith("/code/pngsuite.py"))
    tree = ast.parse(archive.extractfile(member).read())
    [images] = (node for node in ast.walk(tree) if isinstance(node, ast.Dict) and node.keys)
    for name, call in zip(images.keys, images.values):
        text = call.args[0].value.replace(b"\n", b"")
        write(target / "pngsuite" / f"{name.value}.png", binascii.unhexlify(text))


def write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
