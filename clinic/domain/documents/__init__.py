"""Documents that a clinic hands over: what they hold, the texts that they use, and how each is put together."""
