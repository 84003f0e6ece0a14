"""The pages and the API. Sees the floor through `controller.office.Office` only."""

from desk.app import make_app

__all__ = ["make_app"]
