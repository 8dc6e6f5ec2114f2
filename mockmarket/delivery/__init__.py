"""The engine: what is due is claimed, sent and settled, in running time and in an advance."""
