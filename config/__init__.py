"""What a run of Madoguchi is configured by: settings, home directory, clock, run file."""

from config.clock import JST, Clock, from_ms, parse_local, to_ms
from config.home import Home
from config.runfile import RunFile
from config.secrets import Secrets, load_secrets
from config.section import ConfigError
from config.settings import Settings, load_settings

__all__ = [
    "JST",
    "Clock",
    "ConfigError",
    "Home",
    "RunFile",
    "Secrets",
    "Settings",
    "from_ms",
    "load_secrets",
    "load_settings",
    "parse_local",
    "to_ms",
]
