"""The files that davlock keeps for itself, read as input: anybody and anything may have changed them since."""
