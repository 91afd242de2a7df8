"""The product in another province than the one it comes with."""
