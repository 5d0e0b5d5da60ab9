"""The prequential loop, and the engines that run it."""
