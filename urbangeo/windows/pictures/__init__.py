"""The picture room: maps on paper and slides, drawn from the data of the page."""

from urbangeo.windows.pictures.save import draw_picture, picture_bytes, save_picture, settings

__all__ = ["draw_picture", "picture_bytes", "save_picture", "settings"]
