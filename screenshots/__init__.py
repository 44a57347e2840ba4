"""Pictures of the application, and `make`, which draws them."""
