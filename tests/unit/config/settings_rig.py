"""Settings, as they are read from a file."""

from config import load_settings


def read(home, text):
    """What this madoguchi.toml says."""
    home.path.mkdir(parents=True, exist_ok=True)
    home.toml.write_text(text, encoding="utf-8")
    return load_settings(home)
