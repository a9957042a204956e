"""The only writers of ladders and of what customers were asked."""
