"""The sweeper that Hydra must find under this name."""
