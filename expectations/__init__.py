"""The shared definitions as rules, and the judge who applies them."""
