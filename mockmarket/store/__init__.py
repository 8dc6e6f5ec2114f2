"""The storage layer: one SQLite file for each world. Only this package and `stock` contain SQL that writes."""

from mockmarket.store.database import Listener, Read, Record, Store, StoreHooks, Tx

__all__ = ["Listener", "Read", "Record", "Store", "StoreHooks", "Tx"]
