"""The protocol check: what an agent sends, held against what Plivo takes (`findings`)."""
