"""Mail in: stored raw first, understood second."""
