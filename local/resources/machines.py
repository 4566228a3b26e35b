"""Step Functions state machines."""

import json
import re
from collections.abc import Callable
from typing import Any

from local.intrinsics import ACCOUNT, Made

_SUBSTITUTION = re.compile(r"\$\{(\w+)\}")


def create(client: Callable[[str], Any], logical_id: str, properties: dict[str, Any]) -> Made:
    """Create one state machine, its definition substituted as CloudFormation would."""
    name = properties.get("StateMachineName", logical_id)
    definition = properties.get("DefinitionString") or json.dumps(properties["Definition"])
    substitutions = properties.get("DefinitionSubstitutions", {})
    arn = client("stepfunctions").create_state_machine(
        name=name,
        definition=_SUBSTITUTION.sub(lambda match: str(substitutions[match[1]]), definition),
        roleArn=f"arn:aws:iam::{ACCOUNT}:role/{logical_id}",
        type=properties.get("StateMachineType", properties.get("Type", "STANDARD")),
    )["stateMachineArn"]
    return Made(arn, {"Arn": arn, "Name": name})
