"""分類: the tree that inquiries are counted by, three levels deep, as it is before a supervisor edits it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

LEVELS = 3
"""大分類, 中分類, 小分類."""
MOST = 500
"""Names in the whole tree."""

Tree = Sequence[Mapping[str, Any]]
"""Each: `name`, and `children`, a tree again."""


def _tree(*names: str | tuple[str, ...]) -> list[dict[str, Any]]:
    """A name, or a name with those below it."""
    return [
        {"name": one, "children": []}
        if isinstance(one, str)
        else {"name": one[0], "children": _tree(*one[1:])}
        for one in names
    ]


DEFAULT_TREE: list[dict[str, Any]] = _tree(
    ("申請", "申請方法", "申請状況", "顔写真", "再交付"),
    ("受取予約", "新規", "変更", "取消", "持ち物", "代理人"),
    ("更新", "カード", "電子証明書"),
    "電子証明書",
    ("暗証番号", "忘れた", "ロック解除", "変更"),
    ("紛失", "一時停止", "再交付", "見つかった"),
    ("住所変更", "転入", "転居", "転出"),
    "健康保険証",
    "その他",
)


def paths(tree: Tree, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every node, as the names that lead to it."""
    for node in tree:
        path = (*above, str(node["name"]))
        yield path
        yield from paths(node.get("children", ()), path)


def mistake(tree: Tree) -> str | None:
    """What is wrong with a tree, as a sentence; None: nothing."""
    found = list(paths(tree))
    if not found:
        return "there is no category at all"
    if len(found) > MOST:
        return f"there are {len(found)} categories; at most {MOST}"
    deepest = max(found, key=len)
    if len(deepest) > LEVELS:
        return f"{deepest[-1]} is {len(deepest)} levels down; at most {LEVELS}"
    seen: set[tuple[str, ...]] = set()
    for path in found:
        if path in seen:
            return f"{path[-1]} stands twice at the same place"
        seen.add(path)
    return None
