"""The delivery engine: claims, sends and settles due deliveries, in real time and in an advance."""
