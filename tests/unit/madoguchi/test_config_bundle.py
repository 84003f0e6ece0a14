"""`madoguchi config export` and `import`: a site's configuration in another installation."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from config import ConfigError, Home, load_secrets, load_settings
from madoguchi.commands import config

Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.delenv("MADOGUCHI_TOML", raising=False)
    app = typer.Typer()
    config.register(app)
    return lambda *words: CliRunner().invoke(app, ["config", *map(str, words)])


@pytest.fixture
def site(tmp_path: Path) -> Home:
    home = Home(tmp_path / "site")
    home.prepare()
    home.toml.write_text('[line]\nname = "市の窓口"\n[seats]\ncount = 3\n', encoding="utf-8")
    (home.prompts / "texts.toml").write_text(
        '[[text]]\nid = "hours"\nja = "平日の九時からです。"\nen = "From nine."\neasy = "九時からです。"\n',
        encoding="utf-8",
    )
    load_secrets(home, load_settings(home))
    return home


def test_given_an_export_when_taken_over_elsewhere_then_the_site_is_the_same_and_the_old_one_is_kept(
    site: Home, run: Run, tmp_path: Path
) -> None:
    file, other = tmp_path / "site.zip", Home(tmp_path / "other")
    assert run("export", "-o", file, "--home", site.path).exit_code == 0
    other.prepare()
    other.toml.write_text("[seats]\ncount = 5\n", encoding="utf-8")
    own_secrets = load_secrets(other, load_settings(other))

    looked = run("import", file, "--dry-run", "--home", other.path)
    assert "seats.count: 5 → 3" in looked.output
    assert load_settings(other).seats.count == 5

    done = run("import", file, "--home", other.path)
    assert done.exit_code == 0, done.output
    assert load_settings(other) == load_settings(site)
    assert (other.prompts / "texts.toml").read_bytes() == (site.prompts / "texts.toml").read_bytes()
    assert load_secrets(other, load_settings(other)).api_token == own_secrets.api_token
    [aside] = other.path.glob("replaced-*")
    assert "count = 5" in (aside / "madoguchi.toml").read_text(encoding="utf-8")


def test_given_an_export_then_nothing_secret_is_in_it(site: Home, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "site.zip"
    run("export", "-o", file, "--home", site.path)
    with zipfile.ZipFile(file) as packed:
        assert sorted(packed.namelist()) == ["madoguchi.toml", "prompts/texts.toml"]
    site.toml.write_text('[trunk]\npassword = "very secret"\n', encoding="utf-8")
    refused = run("export", "-o", file, "--home", site.path)
    assert isinstance(refused.exception, ConfigError)
    assert "keys/trunk-password" in str(refused.exception)


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"madoguchi.toml": "[seats]\ncount = 0\n"}, "madoguchi.toml: [seats] count"),
        ({"madoguchi.toml": "[seats\n"}, "madoguchi.toml"),
        ({"madoguchi.toml": "", "holidays.csv": "no table\n"}, "holidays.csv"),
        ({"madoguchi.toml": "", "prompts/texts.toml": "[[text\n"}, "prompts/texts.toml"),
        ({"holidays.csv": ""}, "has no madoguchi.toml"),
        ({"madoguchi.toml": "", "keys/secrets.json": "{}"}, "does not belong"),
        ({"../madoguchi.toml": ""}, "does not belong"),
    ],
)
def test_given_an_export_with_a_mistake_when_taken_over_then_it_is_named_and_nothing_changes(
    members: dict[str, str], said: str, site: Home, run: Run, tmp_path: Path
) -> None:
    file = tmp_path / "bad.zip"
    with zipfile.ZipFile(file, "w") as packed:
        for name, content in members.items():
            packed.writestr(name, content)
    refused = run("import", file, "--home", site.path)
    assert isinstance(refused.exception, ConfigError)
    assert said in str(refused.exception)
    assert ".importing-" not in str(refused.exception)
    assert load_settings(site).seats.count == 3
    assert not list(site.path.glob("replaced-*"))


def test_given_something_that_is_no_export_when_taken_over_then_it_says_so(
    site: Home, run: Run, tmp_path: Path
) -> None:
    file = tmp_path / "x.zip"
    file.write_bytes(b"nothing of the kind")
    assert "is no configuration" in str(run("import", file, "--home", site.path).exception)
    assert "cannot be read" in str(run("import", tmp_path / "gone", "--home", site.path).exception)
