"""Tixstock's rules: which reseller sells what under which ids, holds and orders, notices, and the effects of receivers' answers."""
