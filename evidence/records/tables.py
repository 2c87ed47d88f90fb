"""Every table known to one metadata: foreign keys are resolved by name, so a process must import them all."""

from importlib import import_module
from pkgutil import iter_modules

from evidence import records
from evidence.records.base import Base

for _module in iter_modules(records.__path__):
    if _module.name not in ("tables", "database"):  # this one, and the one that asks for this one
        import_module(f"{records.__name__}.{_module.name}")

METADATA = Base.metadata
