"""The guides, followed on a Debian where nothing has been done yet: ``make bare``."""
