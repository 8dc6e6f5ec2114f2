"""How SkyBox writes its records, formats, notifications and errors. Decides nothing."""
