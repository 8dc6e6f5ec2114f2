"""What a route needs: the request's world, arguments, answers, callers, pages, repeated requests, streams."""
