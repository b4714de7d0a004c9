"""Believable customers to try the desk with; ``manage.py seed_demo`` makes them, tests and bench use them."""
