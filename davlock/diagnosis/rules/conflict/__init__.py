"""409: a clash with the state of the resource."""
