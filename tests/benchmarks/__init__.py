"""What is measured: ratios of one run, against a floor that is printed beside them."""
