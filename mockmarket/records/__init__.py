"""Declarations of records' fields beyond their types, and of operations before their functions are imported: plain data.

A record, a body, a query or an answer is a `TypedDict`. Its annotations carry markers; `members` reads them. Schemas are built from them in
`api/`, columns and filters here. Nothing of this package imports marshmallow."""

from mockmarket.records.markers import *
from mockmarket.records.operations import *
from mockmarket.records.shape import *
