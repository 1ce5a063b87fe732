"""Walk over a tree, and find every lock in it once."""
