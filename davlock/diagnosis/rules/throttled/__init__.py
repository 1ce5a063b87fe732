"""429 and 503: how fast you ask, and when the server is away."""
