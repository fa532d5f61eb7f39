"""Use cases that write: ``verb(uow, …)`` gives an id or a frozen value. No Flask."""
