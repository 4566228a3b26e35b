"""Language models: one protocol, three providers. Callers use `lambdify.models.registry` and the types of `base`."""
