"""Blocks that are cut where a page ends: between or inside them, and in a column beside a figure."""

from __future__ import annotations

from collections.abc import Sequence

from reportlab.platypus import Flowable

from clinic.pdf.flowables import Block, Columns, Stack, height_with


def cut(blocks: Sequence[Flowable], width: float, room: float) -> tuple[list[Flowable], list[Flowable]]:
    """What of the blocks fits into ``room``, and the rest, cut between or inside blocks."""
    kept: list[Flowable] = []
    for index, block in enumerate(blocks):
        room -= block.getSpaceBefore() if kept else 0
        height = block.wrap(width, room)[1]
        if height <= room:
            kept.append(block)
            room -= height + block.getSpaceAfter()
            continue
        parts = block.split(width, room) if room > 0 else []
        rest = [*parts[1:], *blocks[index + 1 :]] if parts else [*blocks[index:]]
        return [*kept, *parts[:1]], rest
    return kept, []


class Flowing(Columns):
    """Stacks side by side; the last block of the last stack may go over pages, in its own column."""

    def _heights(self) -> list[float]:
        widths = self._widths(self.width)
        return [height_with(stack.blocks, width) for stack, width in zip(self.stacks, widths, strict=True)]

    def least(self) -> float:
        """Everything up to where the last block can be cut first."""
        *others, last = self._heights()
        final = self.stacks[-1].blocks[-1]
        cuttable = final.height - final.least() if isinstance(final, Block) else 0.0
        return max(*others, last - cuttable)

    def split(self, available_width: float, available_height: float) -> list[Flowable]:
        """Cut the last stack where the page ends, if the others fit on it."""
        if self.wrap(available_width, available_height)[1] > self.tallest:
            return super().split(available_width, available_height)
        *others, last = self.stacks
        if self.least() > available_height:
            return []
        kept, rest = cut(last.blocks, self._widths(available_width)[-1], available_height)
        if not kept or not rest:
            return []
        blank = [Stack(stack.share, []) for stack in others]
        return [
            self._part([*others, Stack(last.share, kept)], self.getSpaceBefore()),
            self._part([*blank, Stack(last.share, rest)], 0),
        ]

    def _part(self, stacks: Sequence[Stack], before: float) -> Flowing:
        return Flowing(stacks, gutter=self.gutter, before=before, after=self.getSpaceAfter(), tallest=self.tallest)
