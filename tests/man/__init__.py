"""The generated documentation."""
