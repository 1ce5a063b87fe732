"""Good news."""
