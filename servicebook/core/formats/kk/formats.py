"""Kazakh, for which Django brings no formats of its own: it would say dates the American way."""

DATE_FORMAT = "d.m.Y"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = "d.m.Y H:i"
YEAR_MONTH_FORMAT = "E Y"
MONTH_DAY_FORMAT = "j E"
SHORT_DATE_FORMAT = "d.m.Y"
SHORT_DATETIME_FORMAT = "d.m.Y H:i"
FIRST_DAY_OF_WEEK = 1
DATE_INPUT_FORMATS = ["%d.%m.%Y", "%d.%m.%y"]
DATETIME_INPUT_FORMATS = ["%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S", "%d.%m.%Y"]

# A page asks for a day by its shape in English, and finds here how it is said.
SHAPES = {
    "j M": "j b",
    "j M Y": "j b Y",
    "j M H:i": "j b H:i",
    "j M Y H:i": "j b Y H:i",
    "j M Y, H:i": "j b Y, H:i",
    "D j M": "j b, D",
    "D j M Y": "j b Y, D",
    "D j M H:i": "j b, D H:i",
    "l j E": "j E, l",
    "l j E Y": "j E Y, l",
    "l j E Y H:i": "j E Y, l H:i",
}
globals().update(SHAPES)
