"""The turns of a conversation, from its sound: `measure` is where to begin; `docs/turns.md` has the definitions."""
