"""The CI smoke suite: what a server must do for locks to be worth anything, one file for each group of checks."""
