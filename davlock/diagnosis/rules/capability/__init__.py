"""What a server can do and whom it lets: capability, permission, proxies."""
