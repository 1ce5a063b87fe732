"""The verbs: each a function of a sender that returns a result value."""
