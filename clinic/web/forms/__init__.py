"""Forms check shape only (type, range, length); meaning is the domain's."""
