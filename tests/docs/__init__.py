"""The pages for people, and the examples in them."""
