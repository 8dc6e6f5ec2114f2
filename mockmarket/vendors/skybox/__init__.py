"""SkyBox: a broker's point of sale, by Vivid Seats. Inventory, purchases, invoices, holds, and webhooks about them."""
