"""A list of people as a spreadsheet gives it: CSV lines read, and what is wrong with each."""

import csv
import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from evidence.domain.errors import invalid
from evidence.domain.roles import Role

MOST = 500
_USERNAME = re.compile(r"[a-z0-9][a-z0-9._@-]{2,99}")
_LONGEST = {"code": 40, "name": 200, "unit": 100, "shift": 100}

# Column heads that a station's list has, in Spanish and English.
_HEADS = {
    "clave": "code",
    "code": "code",
    "nombre": "name",
    "name": "name",
    "usuario": "username",
    "username": "username",
    "funciones": "roles",
    "roles": "roles",
    "unidad": "unit",
    "unit": "unit",
    "turno": "shift",
    "shift": "shift",
}
_NEEDED = ("code", "name", "username", "roles")

_ROLES = {
    **{role.value: role for role in Role},
    "oficial": Role.OFFICER,
    "supervision": Role.SUPERVISOR,
    "jefatura": Role.MANAGER,
    "recepcion": Role.RECEIVER,
    "perito": Role.EXAMINER,
    "rastreo": Role.TRACE_ANALYST,
    "mp": Role.PROSECUTOR,
    "auditoria": Role.AUDITOR,
    "administracion": Role.ADMINISTRATOR,
}


@dataclass(frozen=True, kw_only=True)
class PersonLine:
    """One line, numbered as the file is (the head is line 1). ``errors`` are codes; empty when it can be taken."""

    line: int
    code: str
    name: str
    username: str
    unit: str | None
    shift: str | None
    roles: tuple[Role, ...]
    errors: tuple[str, ...]


def read_people(text: str, *, taken_codes: Collection[str], taken_usernames: Collection[str]) -> list[PersonLine]:
    """Every line with its errors; ``invalid`` for a file that is no such list at all.

    Commas or semicolons; roles apart by spaces or ``|``, in the codes of protocol, section 2, or in Spanish.
    Blank lines are passed over.
    """
    lines = text.lstrip("\ufeff").splitlines()
    if not lines:
        raise invalid("csv_empty", csv="no line")
    mark = ";" if lines[0].count(";") > lines[0].count(",") else ","
    rows = list(csv.reader(lines, delimiter=mark))
    heads = [_HEADS.get(head.strip().lower()) for head in rows[0]]
    missing = [name for name in _NEEDED if name not in heads]
    if missing:
        raise invalid("csv_heads", csv=f"columns are missing: {', '.join(missing)}")
    if len(rows) - 1 > MOST:
        raise invalid("csv_long", csv=f"at most {MOST} people")
    parsed = [
        (number, {head: cell.strip() for head, cell in zip(heads, row, strict=False) if head}, len(row) > len(heads))
        for number, row in enumerate(rows[1:], start=2)
        if any(cell.strip() for cell in row)
    ]
    seen_codes = Counter(cells.get("code", "") for _, cells, _ in parsed)
    seen_names = Counter(cells.get("username", "").lower() for _, cells, _ in parsed)
    return [
        _line(number, cells, wide=wide, codes=(seen_codes, taken_codes), usernames=(seen_names, taken_usernames))
        for number, cells, wide in parsed
    ]


def usernames_in(text: str) -> set[str]:
    """The account names that a list asks for, to be looked up before it is read."""
    return {one.username for one in read_people(text, taken_codes=(), taken_usernames=())}


def _line(
    number: int,
    cells: dict[str, str],
    *,
    wide: bool,
    codes: tuple[Counter[str], Collection[str]],
    usernames: tuple[Counter[str], Collection[str]],
) -> PersonLine:
    code, username = cells.get("code", ""), cells.get("username", "").lower()
    words = [word for word in re.split(r"[\s|/]+", _plain(cells.get("roles", ""))) if word]
    unknown = [word for word in words if word not in _ROLES]
    wrong = {
        "too_many_columns": wide,
        "code_missing": not code,
        "name_missing": not cells.get("name"),
        "too_long": any(len(cells.get(name, "")) > most for name, most in _LONGEST.items()),
        "username_form": not _USERNAME.fullmatch(username),
        "code_repeated": bool(code) and codes[0][code] > 1,
        "username_repeated": bool(username) and usernames[0][username] > 1,
        "code_taken": code in codes[1],
        "username_taken": username in usernames[1],
        "role_missing": not words,
        "role_unknown": bool(unknown),
    }
    return PersonLine(
        line=number,
        code=code,
        name=cells.get("name", ""),
        username=username,
        unit=cells.get("unit") or None,
        shift=cells.get("shift") or None,
        roles=tuple(sorted({_ROLES[word] for word in words if word in _ROLES})),
        errors=tuple(name for name, is_so in wrong.items() if is_so),
    )


def _plain(words: str) -> str:
    return words.lower().translate(str.maketrans("áéíóú", "aeiou"))
