"""What SkyBox's calls take and answer, a module for each chapter of its reference."""
