"""Creates a template's resources in moto, and remembers what `Ref` and `GetAtt` give for each."""

from local.resources.create import Created, UnknownResource, function_name

__all__ = ["Created", "UnknownResource", "function_name"]
