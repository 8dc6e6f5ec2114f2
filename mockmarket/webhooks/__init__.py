"""From a notice to its deliveries: bytes, signatures, acceptance, retries, sending."""
