"""423 and other answers that say "it is locked"."""
