"""SkyBox's calls, by the chapters of its public OpenAPI file."""
