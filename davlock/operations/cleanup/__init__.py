"""A clean-up: plan which locks are to go, release them one by one, and keep a journal of each step."""
