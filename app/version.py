"""The one place in which the product's version stands: the year, the month, and how many came in it before."""

VERSION = "2026.11.0"
