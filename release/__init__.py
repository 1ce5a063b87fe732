"""What is built from davlock for others to install, and whether it installs."""
