"""Yuheng."""
