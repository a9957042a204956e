"""Russian: months in small letters, the weekday before a comma. What is not here comes from Django."""

# A page asks for a day by its shape in English, and finds here how it is said.
SHAPES = {
    "j M": "j b",
    "j M Y": "j b Y",
    "j M H:i": "j b H:i",
    "j M Y H:i": "j b Y H:i",
    "j M Y, H:i": "j b Y, H:i",
    "D j M": "D, j b",
    "D j M Y": "D, j b Y",
    "D j M H:i": "D, j b H:i",
    "l j E": "l, j E",
    "l j E Y": "l, j E Y",
    "l j E Y H:i": "l, j E Y H:i",
}
globals().update(SHAPES)
