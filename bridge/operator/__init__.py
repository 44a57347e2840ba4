"""An operator's side of the link: the client, and the store that screens are drawn from."""
