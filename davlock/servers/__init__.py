"""What each product does differently: data first, one file per product."""
