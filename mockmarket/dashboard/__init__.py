"""The dashboard: HTML pages at `/_mockmarket/` over the store and rules of the control plane, without state of their own."""
