import pytest

from config import Home


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A state directory that is not made yet; no variable of this machine says anything else."""
    monkeypatch.delenv("MADOGUCHI_TOML", raising=False)
    return Home(tmp_path / "home")
