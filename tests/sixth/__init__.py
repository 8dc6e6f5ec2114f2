"""A package of vendors as small as they come: what a sixth one needs, and proof that it needs nothing else."""
