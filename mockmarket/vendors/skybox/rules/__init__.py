"""SkyBox's rules: what a broker may do with inventory, purchases, invoices and holds, and what is told of it."""
