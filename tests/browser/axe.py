"""axe-core's look at a page: WCAG 2.2 A and AA, and its own best practices."""

from functools import cache
from pathlib import Path

from playwright.async_api import Page

AXE = Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js"
LEVELS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")


@cache
def _axe() -> str:
    return AXE.read_text(encoding="utf-8")


async def assert_no_violations(page: Page) -> None:
    """0 violations on the page as it is now, each named by its rule and where it stands."""
    # The remote control may run what the page's own policy would refuse to load.
    await page.evaluate(_axe())
    result = await page.evaluate(
        "levels => axe.run(document, {runOnly: {type: 'tag', values: levels}, resultTypes: ['violations']})",
        list(LEVELS),
    )
    found = [
        f"{violation['id']} ({violation['impact']}): {' '.join(node['target'])}: {node['failureSummary']}"
        for violation in result["violations"]
        for node in violation["nodes"]
    ]
    assert not found, "\n".join([page.url, *found])
