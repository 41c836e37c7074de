"""Reading what was published, what is due, and what of the draws is public."""
