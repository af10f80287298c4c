"""The version, said in one place: packaging, manifests, caches and batches all read it here.

The package's metadata are not asked, for there are none where it is used from a folder without being installed.
"""

from __future__ import annotations

__version__ = "0.1.0"
