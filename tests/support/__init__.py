"""What tests build upon: databases, people, cases, a browser without a window, a clock."""
