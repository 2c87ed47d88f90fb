"""Where the fonts of printed documents are: beside the built web app, else where Debian installs them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from evidence.actions.ports import PrinterUnfit

FACES = {"regular": "DejaVuSans.ttf", "bold": "DejaVuSans-Bold.ttf", "mono": "DejaVuSansMono.ttf"}


@dataclass(frozen=True)
class Fonts:
    """The three faces: accents, quotes and dashes need a font of our own inside the file."""

    regular: Path
    bold: Path
    mono: Path


def find(folders: Sequence[Path]) -> Fonts:
    """The faces of the first folder that has all three; ``PrinterUnfit`` says what to do when none has."""
    for folder in folders:
        paths = {name: folder / file for name, file in FACES.items()}
        if all(path.is_file() for path in paths.values()):
            return Fonts(**paths)
    looked = ", ".join(str(folder) for folder in folders)
    raise PrinterUnfit(
        f"Nothing can be printed: {', '.join(FACES.values())} are in none of {looked}. Build the web app (make web),"
        " install the package fonts-dejavu-core, or name a folder in CASQUILLO_FONTS."
    )
