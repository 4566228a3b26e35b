"""Decides by the token alone."""

from typing import Any


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    token = event["authorizationToken"].removeprefix("Bearer ")
    if token == "unknown":
        raise RuntimeError("Unauthorized")
    if token == "broken":
        raise RuntimeError("The database is away.")
    if token == "malformed":
        return {"principalId": "x"}
    effect = "Deny" if token == "spent" else "Allow"
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": event["methodArn"]}
    return {
        "principalId": token,
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": {"left": 7, "arn": event["methodArn"]},
        "usageIdentifierKey": f"usage-key-of-{token}-000000",
    }
