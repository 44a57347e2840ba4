"""What an empty list says: why it is empty, and what to do."""

from __future__ import annotations

from rich.text import Text

from bridge.operator.store import Store
from bridge.operator.view import View
from tui.palette import Palette
from tui.widgets.glyphs import plain


def nothing_to_show(store: Store, view: View, colours: Palette) -> Text:
    """The text for a list without a row."""
    if view.filter.text:
        return Text(f"No stream matches {plain(view.filter.text)!r}.  / then esc removes the filter.", colours.dim)
    if store.bridge is None or not store.told:
        return Text("Waiting for the bridge ...", colours.dim)
    ended = store.count("ended")
    hidden = f"\n\n{ended} ended: a shows them." if ended else ""
    return Text.assemble(
        ("No call yet.\n\n", colours.strong),
        ("Have Plivo fetch this as the answer URL of a number or an application:\n\n", colours.text),
        (f"    {plain(store.bridge.public_url)}/answer\n\n", colours.key),
        ("Then call it. Without an account: ", colours.text),
        ("offhook demo", colours.key),
        (" opens several emulated calls.", colours.text),
        (hidden, colours.dim),
    )
