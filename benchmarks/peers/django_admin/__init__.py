"""Django admin as it comes: a ModelAdmin on unmanaged models, its own users and sessions."""
