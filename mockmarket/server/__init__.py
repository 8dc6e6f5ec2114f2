"""The HTTP server: the socket, connections, routing of a request to its application, and the OpenAPI document."""
