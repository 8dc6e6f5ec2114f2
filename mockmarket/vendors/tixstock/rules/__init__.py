"""Tixstock's rules: who sells what under which ids, holds and orders, what is told to whom, what receivers' answers change."""
