"""OMG DMN decision tables: read, check, evaluate one, evaluate millions. Pure."""

from evenhand.dmn.compiled.program import Program
from evenhand.dmn.errors import DecisionError, ModelError
from evenhand.dmn.model import Explanation, Miss, Model
from evenhand.dmn.reading.reader import load, loads

__all__ = [
    "DecisionError",
    "Explanation",
    "Miss",
    "Model",
    "ModelError",
    "Program",
    "load",
    "loads",
]
