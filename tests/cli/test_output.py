import os
import pty
import subprocess
import sys

from bridge.cli.output import printable, table


def test_a_text_cannot_move_the_cursor() -> None:
    assert printable("a\x1b[2J\r\nb\u202ec") == "a\ufffd[2J\ufffd\ufffdb\ufffdc"
    assert printable("Grüße, 你好 → ok") == "Grüße, 你好 → ok"


def test_a_table_is_aligned_and_harmless() -> None:
    assert table(("A", "LONG"), [("value", "x"), ("\x1b", "yy")]) == [
        "A      LONG",
        "value  x",
        "\ufffd      yy",
    ]


def said_on_a_terminal(**environment: str) -> bytes:
    """What a coloured line comes out as."""
    ours, theirs = pty.openpty()
    kept = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    script = r"from bridge.cli.output import say; say('\x1b[31mred\x1b[0m')"
    subprocess.run([sys.executable, "-c", script], stdout=theirs, env=kept | environment, check=True, timeout=10)
    text = os.read(ours, 1000)
    os.close(theirs)
    os.close(ours)
    return text.strip()


def test_colours_are_for_terminals_without_no_color() -> None:
    assert said_on_a_terminal() == b"\x1b[31mred\x1b[0m"
    assert said_on_a_terminal(NO_COLOR="1") == b"red"
