"""What of a script or a style sheet a browser needs: the lines without comments of their own and without indentation.

It works by lines and knows no grammar, so that nothing can change its meaning: a line is kept whole or left out. Our
scripts have no text that runs over several lines, which a test watches.
"""

from __future__ import annotations

import re

_BLOCK = re.compile(r"^[ \t]*/\*(?:(?!\*/).)*\*/[ \t]*$", re.DOTALL | re.MULTILINE)


def bare(text: str) -> str:
    r"""Leave out the lines of a script or a style sheet that are comments only, and the indentation of the others.

    Parameters
    ----------
    text : str
        JavaScript or CSS without text over several lines.

    Returns
    -------
    str
        The same lines, fewer and shorter; a comment behind something else stays.

    Examples
    --------
    >>> bare("/* What it does. */\nif (a) {\n  // Why.\n  b(); // so\n}\n")
    'if (a) {\nb(); // so\n}'
    """
    lines = (line.strip() for line in _BLOCK.sub("", text).splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))
