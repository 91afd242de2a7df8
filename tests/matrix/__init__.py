"""Role × relation × action × way in: each cell tried through the screens, and printed into docs/security.md."""
