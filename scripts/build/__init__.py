"""Builds what is deployed: one artifact for each function and layer of the template."""
