"""A lock as it was seen at a moment, and what several such moments tell."""
