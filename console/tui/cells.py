"""Text measured in terminal cells: East Asian wide characters fill two."""

from __future__ import annotations

from rich.cells import cell_len, chop_cells, set_cell_size

__all__ = ["cell_len", "fit", "pad", "wrap"]


def pad(text: str, width: int) -> str:
    """``text`` cut or filled with blanks to exactly ``width`` cells."""
    return set_cell_size(text, max(0, width))


def fit(text: str, width: int) -> str:
    """``text``, cut with an ellipsis when it is wider than ``width`` cells."""
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, max(0, width - 1)).rstrip() + "…" if width > 0 else ""


def wrap(text: str, width: int) -> list[str]:
    """Break ``text`` into lines of at most ``width`` cells, between words and between wide characters."""
    lines = [""]
    for atom in _atoms(text):
        room = width - cell_len(lines[-1])
        if cell_len(atom.rstrip()) <= room:
            lines[-1] += atom
            continue
        pieces = chop_cells(atom, width) if cell_len(atom.rstrip()) > width else [atom]
        lines[-1] = lines[-1].rstrip()
        lines += pieces if lines[-1] else []
        if not lines[-1]:
            lines[-1:] = pieces
    return [line.rstrip() for line in lines]


def _atoms(text: str) -> list[str]:
    """The parts that are not broken: a word with the blanks after it, or one wide character."""
    atoms: list[str] = []
    for char in text:
        wide = cell_len(char) == 2
        starts_new = not atoms or atoms[-1][-1] == " " or wide or cell_len(atoms[-1][-1]) == 2
        if not atoms or (starts_new and char not in " ，。；：、！？）》”"):
            atoms.append(char)
        else:
            atoms[-1] += char
    return atoms
