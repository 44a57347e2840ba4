"""A stream on its way into a recording: `recorder` aligns both legs; files are not made here."""
