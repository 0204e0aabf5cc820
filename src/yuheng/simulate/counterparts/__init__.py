"""Counterparts: servers that give out a simulated world's deliveries over the transports of the real sources."""
