"""SkyBox's calls."""
