"""How resources, tokens and lock files are named."""
