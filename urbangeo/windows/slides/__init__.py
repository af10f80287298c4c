"""Slides: maps and tables in, one presentation out. The only package that imports pptx.

``save_slides`` writes maps and tables, or a :class:`Slide` that says more about one of them. Inside, each module
answers one question: :mod:`items` what may become a slide, :mod:`plain_text` which text may stand there,
:mod:`measure` how much room it takes, :mod:`grid` what a table prints, :mod:`split` how it is laid out and cut,
:mod:`tell` what is said beside it, :mod:`words` in which words, :mod:`paper` what the blank deck is, :mod:`place` what
stands where and :mod:`deck` in which order.
"""

from __future__ import annotations

from urbangeo.windows.slides.deck import save_slides
from urbangeo.windows.slides.items import Slide

__all__ = ["Slide", "save_slides"]
