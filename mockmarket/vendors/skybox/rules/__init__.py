"""SkyBox's rules: what a broker may do with inventory, purchases, invoices and holds, and the resulting notices."""
