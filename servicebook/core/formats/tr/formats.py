"""Turkish: the weekday stands after the day. What is not here comes from Django."""

# A page asks for a day by its shape in English, and finds here how it is said.
SHAPES = {
    "D j M": "j M D",
    "D j M Y": "j M Y D",
    "D j M H:i": "j M D H:i",
    "l j E": "j E l",
    "l j E Y": "j E Y l",
    "l j E Y H:i": "j E Y l H:i",
}
globals().update(SHAPES)
