"""The only writers of equipment: units, warranties, meters, models."""

from servicebook.equipment.actions.assets import change_state, move_asset, save_asset
from servicebook.equipment.actions.catalogue import save_category, save_model
from servicebook.equipment.actions.meters import record_reading, save_meter
from servicebook.equipment.actions.repairs import record_repair
from servicebook.equipment.actions.swaps import swap_asset
from servicebook.equipment.actions.warranties import remove_warranty, save_warranty

__all__ = [
    "change_state",
    "move_asset",
    "record_reading",
    "record_repair",
    "remove_warranty",
    "save_asset",
    "save_category",
    "save_meter",
    "save_model",
    "save_warranty",
    "swap_asset",
]
