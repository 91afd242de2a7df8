"""Who is measured against whom: each in a process of its own, on the same rows, asked for the same pages."""
