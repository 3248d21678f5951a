"""A study of the statistics of luck: are they right where there is nothing, and do they find what is there."""
