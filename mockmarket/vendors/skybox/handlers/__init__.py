"""SkyBox's calls, a module for each chapter of its public OpenAPI file."""
