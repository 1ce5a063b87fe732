"""207 and 424: answers about several resources."""
