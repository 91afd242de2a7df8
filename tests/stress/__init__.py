"""Many hands at once, and hands that die: the real services, in real processes, on databases of their own.

``python -m tests.stress --database postgresql`` prints what was counted and keeps it in benchmarks/results.
"""
