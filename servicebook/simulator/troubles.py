"""What goes wrong at the customers of the demo company, and what is said about it."""

from typing import NamedTuple


class Trouble(NamedTuple):
    """What breaks, what the customer says, and how it ends.

    Attributes:
        downtime: 1 nothing … 4 everything stands still.
        price: of the parts, in tenge.
        consumable: whether the parts are consumables.
        part_on_order: it mostly has to be waited for.
        remote: nobody travels.
    """

    title: str
    says: str
    downtime: int
    done: str
    result: str
    parts: str
    recommendations: str
    price: int = 0
    consumable: bool = False
    part_on_order: bool = False
    remote: bool = False


TROUBLES: dict[str, tuple[Trouble, ...]] = {
    "Server": (
        Trouble(
            "Server won't power on after outage",
            "The main server does not start since the power cut. Two classrooms have no network.",
            4,
            "Replaced the power supply, checked the memory and the disk array",
            "The server runs, both classrooms are online",
            "PSU-750, 1 piece",
            "Check the UPS battery, it did not hold during the cut",
            price=26_500,
            part_on_order=True,
        ),
        Trouble(
            "Server is very loud",
            "A fan of the server howls since yesterday.",
            2,
            "Cleaned the air path and replaced the rear fan",
            "Temperature and noise are normal",
            "Fan 80 mm, 1 piece",
            "Clean every half year",
            price=6_500,
        ),
        Trouble(
            "Backup did not run",
            "The backup report says failed three nights in a row.",
            2,
            "Freed space on the backup disk and repaired the schedule",
            "The backup ran, a test file was restored",
            "none",
            "Plan a larger backup disk this year",
            remote=True,
        ),
    ),
    "UPS": (
        Trouble(
            "UPS beeps all the time",
            "The UPS in the server room beeps and shows a red lamp.",
            3,
            "Replaced the battery pack and ran a self-test",
            "Runtime 14 minutes under load",
            "Battery pack 48 V, 1 piece",
            "Next battery in three years",
            price=38_000,
            part_on_order=True,
        ),
    ),
    "Classroom set": (
        Trouble(
            "Board does not react to the pen",
            "The board in class 7B shows the picture but the pen does nothing.",
            2,
            "Recalibrated the board and updated its driver",
            "The pen writes",
            "none",
            "none",
            remote=True,
        ),
        Trouble(
            "No picture on the board",
            "The board stays dark, the computer works.",
            3,
            "Guided the building manager to the video cable, a new one was sent",
            "The picture is there",
            "HDMI cable 10 m, 1 piece",
            "Fix the cable to the wall",
            price=4_500,
            remote=True,
        ),
    ),
    "Printer": (
        Trouble(
            "Printer jams on every second page",
            "Paper jams again and again in tray 2.",
            2,
            "Sent new pick-up rollers and guided the change on the phone",
            "200 pages without a jam",
            "Roller kit, 1 piece",
            "none",
            price=8_500,
            consumable=True,
            remote=True,
        ),
    ),
    "Refrigerator": (
        Trouble(
            "Refrigerator does not cool",
            "It is 14 degrees inside since the night, the lamp works.",
            3,
            "Replaced the compressor relay and refilled the refrigerant",
            "4 °C after two hours",
            "Relay K2, 1 piece; R600a, 60 g",
            "Leave 10 cm to the wall",
            price=27_000,
            part_on_order=True,
        ),
        Trouble(
            "Door seal is torn",
            "The lower seal came off, there is ice inside.",
            2,
            "Replaced the door seal",
            "The door closes, no ice",
            "Door seal 340, 1 piece",
            "none",
            price=12_000,
        ),
    ),
    "Compressor": (
        Trouble(
            "Compressor stops with error E12",
            "The compressor stops after ten minutes with E12. The line stands still.",
            4,
            "Cleaned the oil cooler, replaced the temperature sensor",
            "Two hours under load without a stop",
            "Sensor PT100, 1 piece",
            "Change the oil within 200 hours",
            price=38_000,
        ),
    ),
    "Conveyor drive": (
        Trouble(
            "Drive 3 vibrates",
            "Drive 3 vibrates strongly, we have slowed the belt down.",
            3,
            "Aligned the coupling and replaced a bearing",
            "Vibration 2.1 mm/s, below the limit",
            "Bearing 6309, 1 piece",
            "Measure again in a month",
            price=46_000,
            part_on_order=True,
        ),
    ),
    "Diagnostic bench": (
        Trouble(
            "Bench does not see the car",
            "The diagnostic bench does not connect to any car.",
            3,
            "Replaced the adapter and updated the software",
            "Three cars read without an error",
            "OBD adapter, 1 piece",
            "none",
            price=55_000,
        ),
    ),
    "Charging station": (
        Trouble(
            "Charging breaks off at 40 %",
            "Charging breaks off, customers complain.",
            3,
            "Tightened the contacts and replaced the contactor",
            "Full charge without a break",
            "Contactor 63 A, 1 piece",
            "Check the contacts every year",
            price=33_000,
        ),
    ),
    "Application": (
        Trouble(
            "Export of the ledger fails",
            "The export stops with an error since the update.",
            3,
            "Reproduced it, handed it to the developers, installed their fix",
            "The export works again",
            "none",
            "none",
            remote=True,
        ),
        Trouble(
            "How do I add a second approver?",
            "Please tell us how to add a second approver for invoices.",
            1,
            "Explained the settings by phone and sent the page of the manual",
            "The customer added the approver",
            "none",
            "none",
            remote=True,
        ),
    ),
}

NOTES = (
    "Same as last spring, take the spare from the van.",
    "Called the contact, access is arranged.",
    "Photos are on the shared drive of the shift.",
    "Looks like the mains, measured 187 V in the evening.",
)
REPLIES = (
    "Thank you, we have received it. An engineer is on it and will call before coming.",
    "We have found the cause and ordered the part. We will write as soon as it arrives.",
    "The work is planned for tomorrow morning. Please arrange access.",
)
THANKS = ("Thank you!", "Thanks a lot, it works.", "Спасибо!", "Рахмет!")
AGAIN = "Unfortunately it happens again since this morning. Please have a look."
COMPLAINT = (
    "Engineer came late twice",
    "The engineer came an hour late, for the second time. We had to send people home. Please explain.",
)
