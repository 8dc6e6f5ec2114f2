"""What routes need: operations and their schemas, the caller, the request's arguments, answers."""
