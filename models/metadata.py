"""Every table of every room, gathered in one metadata: what the migrations must build."""

import importlib
import pkgutil

import models
from models.shared.tables import Base

for _found in pkgutil.iter_modules(models.__path__, "models."):
    if _found.ispkg and _found.name != "models.migrations":
        for _module in pkgutil.iter_modules(importlib.import_module(_found.name).__path__):
            if _module.name == "tables":
                importlib.import_module(f"{_found.name}.tables")

METADATA = Base.metadata
