"""What a department's own server needs: see docs/operations.md."""
