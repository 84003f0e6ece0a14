"""What tomllib refuses, said by the key: it names the line, and few lines say of which table they are."""

from __future__ import annotations

import re

_TABLE = re.compile(r"\s*\[+\s*([^\]]+?)\s*\]+")
_KEY = re.compile(r"""\s*(?:"([^"]+)"|'([^']+)'|([A-Za-z0-9_.-]+))\s*=""")


def toml_mistake(error: str, toml: str) -> str:
    """A sentence for `error`, what tomllib says of the text `toml`.

    A key or table that stands twice is named: `[menus] top.keys.1: is given twice (line 14)`.
    """
    return _twice(error, toml) or f"is not TOML: {error}"


def _twice(error: str, toml: str) -> str:
    at = re.search(r"\(at line (\d+)", error)
    if declared := re.match(r"Cannot declare \((.+)\) twice", error):
        names = re.findall(r"'([^']*)'", declared[1])
        return f"[{'.'.join(names)}] is given twice" + (f" (line {at[1]})" if at else "")
    if not at or not re.match(r"Cannot overwrite a value|Duplicate inline table key", error):
        return ""
    above = toml.splitlines()[: int(at[1])][::-1]
    table = next((found[1] for line in above if (found := _TABLE.match(line))), "")
    key = next((found[1] or found[2] or found[3] for line in above if (found := _KEY.match(line))), "")
    if inline := re.match(r"Duplicate inline table key '(.*?)'", error):
        key = f"{key}.{inline[1]}"
    section, _, rest = table.replace('"', "").partition(".")
    name = ".".join(part for part in (rest, key) if part)
    where = f"[{section}] {name}" if section else key
    return f"{where}: is given twice (line {at[1]})"
