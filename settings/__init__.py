"""What ``config.py`` reads from the environment, by what it is about; each part knows the environment alone."""
