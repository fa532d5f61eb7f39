"""Clinical rules and values: the standard library only, so that a dose rule is proved without a server."""
