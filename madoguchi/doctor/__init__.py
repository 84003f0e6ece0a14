"""`madoguchi doctor`: one check a function. A new one is a function in a module here, named in `every`."""

from madoguchi.doctor.check import Check, Finding, Level, Scene, examine
from madoguchi.doctor.every import all_checks, scene_of

__all__ = ["Check", "Finding", "Level", "Scene", "all_checks", "examine", "scene_of"]
