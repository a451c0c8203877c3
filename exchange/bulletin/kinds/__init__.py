"""The kinds of bulletin, one file a kind. To add a kind, add a file with KIND."""

from importlib import import_module
from pkgutil import iter_modules

from exchange.bulletin.schema import Kind


def _load() -> dict[str, Kind]:
    names = sorted(module.name for module in iter_modules(__path__))
    kinds = [import_module(f"{__name__}.{name}").KIND for name in names]
    return {kind.code: kind for kind in kinds}


KINDS: dict[str, Kind] = _load()
