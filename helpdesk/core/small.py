"""Small groups: what so few people said or asked could be traced to one of them."""

FEWEST = 5  # below this many, no share, no mean and no text is shown, neither on a page nor in a file
