"""What every item is: a PynamoDB model with `pk` and `sk`, on the environment's one DynamoDB client."""

from typing import Any

from pynamodb.attributes import UnicodeAttribute
from pynamodb.connection import Connection
from pynamodb.connection.table import TableConnection
from pynamodb.models import Model

from lambdify.aws.clients import client


class _SharedConnection(Connection):
    """PynamoDB makes a client for each model; a client costs tens of milliseconds, so ours share one."""

    @property
    def client(self) -> Any:
        return client("dynamodb")


connection = _SharedConnection()


class Item(Model):
    """An item of a table with `pk` and `sk`. `pk` always begins with the workspace and the mode: see `tenant_key`."""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)

    @classmethod
    def _get_connection(cls) -> TableConnection:
        table = super()._get_connection()
        if table.connection is not connection:
            if table.table_name not in connection._tables:
                connection.add_meta_table(table.get_meta_table())
            table.connection = connection
        return table


def tenant_key(workspace_id: str, mode: str, *parts: str) -> str:
    """A partition key that only one workspace's live or test half can reach."""
    return "#".join((workspace_id, mode, *parts))
