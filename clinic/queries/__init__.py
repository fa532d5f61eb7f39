"""Reads: ``noun(uow, …)`` gives frozen values for one page. No Flask."""
