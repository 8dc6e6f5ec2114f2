"""What a route needs: operations and their schemas, the caller, the request's arguments, answers."""
