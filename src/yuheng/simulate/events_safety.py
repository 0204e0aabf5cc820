"""Special equipment: the devices of a block, and the feeds of all systems that look after them."""

from __future__ import annotations

from yuheng.simulate.block import Block
from yuheng.simulate.dirt import Rows
from yuheng.simulate.events_devices import streams
from yuheng.simulate.events_equipment import equipment, mechanics, units
from yuheng.simulate.events_inspections import inspections
from yuheng.simulate.events_operators import certificates
from yuheng.simulate.events_rescue import rescues, stations
from yuheng.simulate.events_upkeep import visits
from yuheng.simulate.lifts import park


def feeds(block: Block, done: dict[str, Rows]) -> dict[str, Rows]:
    """The feeds of S-EQUIP (but accidents), S-96333, S-INSP, S-WORKER, S-MAINT and S-IOT."""
    fleet = park(block)
    rows = units(block, fleet)
    crew = mechanics(block, fleet)
    reports = inspections(block, fleet)
    rows |= equipment(block, fleet, reports)
    rows |= {
        "inspection_report": reports,
        "worker_cert": certificates(block, fleet, crew),
        "rescue_event": rescues(block, fleet),
        "rescue_station": stations(block, fleet),
        "maint_record": visits(block, fleet, crew),
    }
    return rows | streams(block, fleet)
