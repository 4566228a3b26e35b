"""The HTTP edge of every endpoint group: the app factory, error rendering, paging, idempotency, entity tags."""
