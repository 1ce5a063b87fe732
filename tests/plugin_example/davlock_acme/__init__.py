"""What davlock should know of the Acme Vault."""
