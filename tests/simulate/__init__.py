"""Tests of the simulated province."""
