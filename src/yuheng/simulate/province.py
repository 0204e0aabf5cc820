"""One block of the province, whole: the firms, and the rows of every feed about them."""

from __future__ import annotations

from yuheng.simulate.block import Block
from yuheng.simulate.changes import changes
from yuheng.simulate.clock import Clock
from yuheng.simulate.dirt import Rows
from yuheng.simulate.filings import addresses, closures, liquidations
from yuheng.simulate.holders import investors, liaisons, members
from yuheng.simulate.names import firm_texts, word_texts
from yuheng.simulate.params import Params
from yuheng.simulate.population import World, populate
from yuheng.simulate.register import entries
from yuheng.simulate.rng import Streams


def registered(world: World) -> tuple[Block, dict[str, Rows]]:
    """The block with its texts, and the rows of the registry feeds."""
    changed = changes(world)
    done = {
        "reg_change": changed,
        "reg_entity": entries(world, changed),
        "reg_investor": investors(world, changed),
        "reg_member": members(world, changed),
        "reg_liaison": liaisons(world),
        "reg_closure": closures(world),
        "reg_liquidation": liquidations(world),
        "address": addresses(world),
    }
    block = world.block
    block.lookups |= {"f": firm_texts(world), "p": world.people.texts(), "a": world.places.texts()}
    block.lookups |= word_texts(world)
    return block, done


def block_of(
    params: Params, clock: Clock, seed: int, number: int, enterprises: int, *, others: float = 1.0
) -> tuple[Block, dict[str, Rows]]:
    """Block `number` of an invented province, and the rows of its registry feeds."""
    return registered(populate(params, clock, Streams(seed, number), enterprises, others=others))
