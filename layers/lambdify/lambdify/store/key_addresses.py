"""Where keys and workspaces lie in the keys table; without PynamoDB, which the authorizer must not import."""

LOOKUP_SK = "lookup"
WORKSPACE_SK = "workspace"


def workspace_key(workspace_id: str) -> str:
    """The partition of a workspace's own item; a workspace spans both modes."""
    return f"{workspace_id}#workspace"


def keys_key(workspace_id: str, mode: str) -> str:
    """The partition of a workspace's list of live or test keys."""
    return f"{workspace_id}#{mode}#keys"


def lookup_key(digest: str) -> str:
    """The partition of a key's lookup item. Its holder's workspace is not known before it is read."""
    return f"sha256#{digest}"
