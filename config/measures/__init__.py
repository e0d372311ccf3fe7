"""The one table of what is measured: what every published number is called, what it is counted in, and what it means."""
