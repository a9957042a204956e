"""Chinese: from the year down to the day, in figures. What is not here comes from Django."""

# A page asks for a day by its shape in English, and finds here how it is said.
SHAPES = {
    "j M": "n月j日",
    "j M Y": "Y年n月j日",
    "j M H:i": "n月j日 H:i",
    "j M Y H:i": "Y年n月j日 H:i",
    "j M Y, H:i": "Y年n月j日 H:i",
    "D j M": "n月j日 D",
    "D j M Y": "Y年n月j日 D",
    "D j M H:i": "n月j日 D H:i",
    "l j E": "n月j日 l",
    "l j E Y": "Y年n月j日 l",
    "l j E Y H:i": "Y年n月j日 l H:i",
    "F Y": "Y年n月",
}
globals().update(SHAPES)
