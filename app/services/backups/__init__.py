"""Backups: database and files as one sealed file, made while people work, checked, and brought back."""
