"""The dashboard: pages for people at `/_mockmarket/`, over the store and rules of the control plane, without state of its own."""
