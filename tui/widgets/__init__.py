"""What the screens are made of. All that is live is drawn line by line."""
