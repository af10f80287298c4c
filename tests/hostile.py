"""Texts that execute, break, vanish or turn their neighbours round in pages that are put together carelessly."""

from __future__ import annotations

HOSTILE = (
    "\"'`${alert(1)}",
    "</script><script>window.hacked=1;alert(1)</script>",
    '<img src=x onerror="window.hacked=1;alert(1)">',
    "{{ 7*7 }}{% raw %}{# x #}",
    "😀𠮷\u202eRTL\u2066",
    "a\\b\n\t\u2028&amp;<!--",
    "javascript:alert(1)//\x00",
    "\ud800 half",
)
"""The ones each test of a text runs through."""

CORPUS = (
    *HOSTILE,
    "--><svg/onload=window.hacked=1>",
    "<!--<script>",
    "<![CDATA[<script>window.hacked=1</script>]]>",
    "'-alert(1)-'\\",
    '"><iframe srcdoc="<script>parent.hacked=1</script>">',
    "</style><style>*{display:none}</style>",
    "</title></textarea></noscript><b>",
    '<a href="javascript:window.hacked=1">x</a>',
    "data:text/html,<script>alert(1)</script>",
    "&lt;b&gt; &#x3c;i&#62; &quot;",
    "`${window.hacked=1}` %{x} #{x} @{x} {0} {name} %s %(x)s $1 $& \\1 \\u003c",
    "__proto__",
    "constructor",
    "hasOwnProperty",
    "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2067\u2068\u2069\u2069\u061c",
    "שלום עולם",
    "ئۈرۈمچى شەھىرى ١٢٣",
    "\u2029\u0085\x0b\x0c\x1b[31m\x7f\x01\x1f",
    "\ufeff\ufffe\uffff\u200b\u00ad\u034f",
    "\udfff\ud800\udc00",
    "👩\u200d👩\u200d👧\U0001f3f4\U000e0067\U000e007f\ufe0f",
    "Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f\u0334\u0319\u0324" * 20,
    "很长的词" * 400,
    "w" * 3000,
    "null",
    "NaN",
    "-1e999",
    "a,b=c&d#e%41?f;g|h",
)
"""All of them."""
