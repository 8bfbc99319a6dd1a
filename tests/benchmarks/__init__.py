"""Measurements: ratios within one run, against a floor that is printed with them."""
